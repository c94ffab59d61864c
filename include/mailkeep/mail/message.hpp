// SPDX-License-Identifier: Apache-2.0
// A message read: header fields and the tree of its parts (RFC 5322, RFC 2045-2049). Reading never
// fails: broken mail yields less, not an error.
#pragma once

#include "mailkeep/base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::mail {

/// Caps that keep hostile mail cheap; what lies beyond is left out of the tree.
inline constexpr std::size_t most_parts = 1000;  ///< leaves and what contains them, together
inline constexpr std::size_t most_depth = 50;
inline constexpr std::size_t most_header_octets = 1U << 20U;
inline constexpr std::size_t most_text_octets = 2U << 20U;  ///< of searchable text

/// text: read with the message. alternative: another form of that text (multipart/alternative).
enum class Role { text, alternative, other };

/// A leaf of the tree, numbered in reading order from 1. Text is valid UTF-8. An attached message
/// (message/rfc822) is a part, and what it holds are the parts after it; a message attached to that
/// one is only looked into.
/// An attachment is what says so in Content-Disposition, and what is not text, save an unnamed part
/// of multipart/related, which belongs to the page beside it. Text with a file name, beside other
/// parts, is both: listed as attachment and read.
/// Behind the leaves stand files that are no MIME parts: those written into text (uuencode, yEnc),
/// the text and files of TNEF (winmail.dat), and the parts of what S/MIME signed and wrapped. The
/// package itself is listed too.
struct Part {
    int number = 0;
    std::string content_type;  ///< "text/plain", lower case
    std::string charset;       ///< as declared; empty when not
    std::string file_name;     ///< decoded (RFC 2231, RFC 2047); may be empty
    std::string content_id;    ///< without angle brackets
    bool is_attachment = false;
    bool is_within_message = false;  ///< of an attached message
    bool is_flowed = false;          ///< format=flowed (RFC 3676); likewise DelSp
    bool deletes_space = false;
    Role role = Role::other;
    std::string body;  ///< transfer encoding undone; octets, not text
};

struct Message {
    std::vector<std::pair<std::string, std::string>> header;  ///< name, decoded value; in order
    std::vector<Part> parts;
    std::string subject;
    std::string from;  ///< `Name <address>`, comma-separated when several; likewise the next three
    std::string to;
    std::string cc;
    std::string bcc;
    std::string message_id;              ///< without angle brackets
    std::string list_id;                 ///< likewise
    std::string protection;              ///< "encrypted" or "signed", then "(PGP)" or "(S/MIME)"
    /// Message-IDs of References, then of In-Reply-To; the first and the last of very many.
    std::vector<std::string> references;
    std::optional<Timestamp> sent_date;  ///< Date, else the date of the topmost Received
};

/// Any thread; each call stands alone.
[[nodiscard]] Message parse(std::string_view raw);

/// The header block of the raw message, up to and without the empty line.
[[nodiscard]] std::string_view header_octets(std::string_view raw);

}  // namespace mailkeep::mail
