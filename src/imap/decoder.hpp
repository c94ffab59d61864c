// SPDX-License-Identifier: Apache-2.0
// What a server sends, in two steps: first where a response ends (a line and the literals it
// announces, within caps), then the grammar's small parts. Each part has a form that answers
// nothing when something else stands there, and an expect_ form that throws Error{protocol}.
#pragma once

#include "mailkeep/imap/types.hpp"
#include "mailkeep/net/line_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

/// Octets of one response without the body of a message: all lines and short literals together.
constexpr std::size_t response_limit = 1U << 20U;
/// Octets of a message. More is never taken; nothing is allocated from an announcement.
constexpr std::size_t body_limit = 512U << 20U;
/// Flags of one message that are kept, and the octets of one.
constexpr std::size_t flag_count_limit = 512;
constexpr std::size_t flag_length_limit = 255;

/// One response as it came. Its literals stand apart, so that a message is never copied: in the
/// text "{n}" LF stands where the next one belongs, and no other LF occurs.
struct RawResponse {
    std::string text;
    std::vector<std::string> literals;
    std::optional<Spool> spool =
        {};  ///< of the one message that is too large; its literal is empty
};

/// Error{protocol} beyond a cap; the stream's errors pass through.
[[nodiscard]] RawResponse read_response(net::LineReader& reader, const LargeMessages& large = {});

/// Borrows the text and the literals, and moves the literals out. One pass, never back.
class Decoder {
  public:
    explicit Decoder(std::string_view text, std::span<std::string> literals = {})
        : rest_(text), literals_(literals) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    [[nodiscard]] std::string_view rest() const { return rest_; }

    [[nodiscard]] bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

    /// Skips any number of spaces; servers send more, and fewer, than the grammar says.
    void spaces();
    bool character(char c);
    void expect_character(char c);

    /// Wider than the grammar's atom, because servers are: all up to a space, control character,
    /// parenthesis, brace or quote. So "\Seen", "\*", "BODY[]", "-1" and 8-bit keywords are atoms.
    [[nodiscard]] std::optional<std::string_view> atom();
    std::string_view expect_atom();
    [[nodiscard]] std::uint32_t expect_number();
    bool nil();
    /// quoted or literal
    [[nodiscard]] std::optional<std::string> string();
    [[nodiscard]] std::string expect_astring();
    /// Nothing for NIL.
    [[nodiscard]] std::optional<std::string> expect_nstring();
    /// Valid UTF-8, within the caps. Flags in quotes and NIL for a flag or for all are taken too.
    [[nodiscard]] std::vector<std::string> expect_flag_list();
    /// Passes over one value of any kind: atom, string or list of values, however deep.
    void skip_value();

  private:
    [[nodiscard]] std::optional<std::string> quoted();
    [[nodiscard]] std::optional<std::string> literal();

    std::string_view rest_;
    std::span<std::string> literals_;
};

/// Error{protocol}: the server broke the grammar; `what` was expected.
[[noreturn]] void expected(std::string_view what);

}  // namespace mailkeep::imap
