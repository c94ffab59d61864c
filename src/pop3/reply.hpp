// SPDX-License-Identifier: Apache-2.0
// What a POP3 server says, as values (RFC 1939 section 3, RFC 2449 sections 5 and 8): the status
// line, the text behind it, the lines of LIST and UIDL. Pure: no stream in here.
#pragma once

#include "mailkeep/pop3/session.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace mailkeep::pop3 {

enum class LineEnd { crlf, lf };

enum class Status { ok, err, go_on };

struct Reply {
    Status status = Status::ok;
    std::string code;  ///< "IN-USE" of "-ERR [IN-USE] ...", upper case; empty: none
    std::string text;  ///< as sent; for_people() before it goes anywhere
    LineEnd line_end = LineEnd::crlf;
};

/// Error{protocol} when the line (with its end) is not "+OK", "-ERR" or "+", in any case.
[[nodiscard]] Reply parse_reply(std::string_view line);

/// Valid UTF-8 without control characters, clipped; never empty.
[[nodiscard]] std::string for_people(std::string_view text);

/// Takes a text line by line, or in pieces of lines (net::LineReader), and gives back what it was
/// before the server stuffed dots into it.
///
/// A line begins behind CRLF, and only there: an unstuffed "." behind a bare LF is text, else a
/// message could end itself early and pass its rest off as the answer to the next command. Two
/// leniencies for servers that do not care: a text all of whose lines end in a bare LF has its
/// lines there, and ".LF" ends it if the status line ended that way too.
class Unstuffer {
  public:
    explicit Unstuffer(LineEnd of_status) : of_status_(of_status) {}

    /// The piece (with the line's end, if it is the last of one) as it was; nothing: it is the end
    /// of the text.
    [[nodiscard]] std::optional<std::string_view> take(std::string_view piece);

  private:
    LineEnd of_status_;
    bool is_in_line_ = false;  ///< what comes continues a line: a long one, or with a bare LF in it
    bool has_crlf_ = false;
};

/// What is said about message `number` in a line of LIST or UIDL; empty: nothing.
struct NumberedLine {
    Number number = 0;
    std::string_view value;
};

/// Error{protocol} when there is no number. Takes more than one space and a "+OK" in front, both
/// seen by K-9 Mail (Pop3Folder.java).
[[nodiscard]] NumberedLine parse_numbered_line(std::string_view line);

/// The octets of a LIST line; 0 when it is no number: it is a hint only.
[[nodiscard]] std::uint64_t parse_size(std::string_view value);

/// Adds a line of CAPA: "SASL PLAIN LOGIN" is "SASL", "SASL PLAIN" and "SASL LOGIN".
void add_capability(std::set<std::string>& capabilities, std::string_view line);

/// Whether the server says by a code that it can do nothing more now (RFC 2449, RFC 3206).
[[nodiscard]] bool wants_a_pause(const Reply& reply);

/// LOGIN-DELAY and EXPIRE. Numbers too large for a day or a century count as these.
[[nodiscard]] MaildropRules maildrop_rules(const std::set<std::string>& capabilities);

/// Whether a refused login is about the maildrop (in use, come back later), not the password.
/// Response codes of RFC 2449 and RFC 3206; without one, the words servers use.
[[nodiscard]] bool is_temporary(const Reply& reply);

}  // namespace mailkeep::pop3
