// SPDX-License-Identifier: Apache-2.0
// The text of a message, for people and for the index.
#pragma once

#include "mailkeep/mail/message.hpp"

#include <string>
#include <string_view>

namespace mailkeep::mail {

/// Octets of a text part as UTF-8: declared charset, else UTF-8 when valid, else guessed.
[[nodiscard]] std::string to_utf8(std::string_view octets, std::string_view charset);

/// The text of an HTML document: linear time, no script, style or comment, blocks on own lines.
[[nodiscard]] std::string html_to_text(std::string_view html);

/// What a reader wants to see as plain text: all shown text parts, HTML as text; of alternatives
/// the plain one when there is one.
[[nodiscard]] std::string readable_text(const Message& message);

/// readable_text, the headings of attached messages, and alternatives that say much more than what
/// is read; at most most_text_octets.
[[nodiscard]] std::string searchable_text(const Message& message);

}  // namespace mailkeep::mail
