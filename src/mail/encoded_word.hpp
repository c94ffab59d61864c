// SPDX-License-Identifier: Apache-2.0
// Encoded words in header fields (RFC 2047), and what senders make of them: words with blanks in
// them, without their end, cut within a character or a base64 quantum, inside quotes, or in another
// charset than they say.
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::mail {

/// The text that an unfolded field stands for, as UTF-8. What is no word and not UTF-8 is read in
/// charset_hint, which may be empty.
[[nodiscard]] std::string decode_words(std::string_view value, std::string_view charset_hint);

/// The same field as UTF-8 with each run of words written as one sound word in UTF-8 and base64,
/// for a parser that must see the field's syntax before the text.
[[nodiscard]] std::string normalize_words(std::string_view value, std::string_view charset_hint);

}  // namespace mailkeep::mail
