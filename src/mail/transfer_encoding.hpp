// SPDX-License-Identifier: Apache-2.0
// Content-Transfer-Encoding undone (RFC 2045 section 6). Our own decoders, because senders break
// the rules: base64 padded in the middle, lines of any length, stray octets. Both are linear and
// take any input.
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::mail {

/// Octets outside the alphabet are skipped; padding ends a quantum wherever it stands, so encodings
/// written one after the other decode to both contents.
[[nodiscard]] std::string decode_base64(std::string_view text);

/// A "=" that starts neither an octet nor a soft line break stands for itself.
[[nodiscard]] std::string decode_quoted_printable(std::string_view text);

/// Whether it is one of those undone here. In lower case; likewise below.
[[nodiscard]] bool is_encoded(std::string_view encoding);

/// What a mailing list wrote behind base64, as plain text.
enum class Footer { dropped, kept };

/// An unknown encoding is taken to change nothing, and so is "base64" that begins with plain text.
[[nodiscard]] std::string decode_transfer(std::string_view encoding, std::string_view octets,
                                          Footer footer = Footer::dropped);

}  // namespace mailkeep::mail
