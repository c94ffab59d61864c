// SPDX-License-Identifier: Apache-2.0
// Header fields in ASCII, for servers that take no others.
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::mail {

[[nodiscard]] bool has_8bit(std::string_view header);

/// The header block with encoded words (RFC 2047) in place of words that hold 8-bit octets: of
/// charset UTF-8, or "unknown-8bit" (RFC 1428) where they are no UTF-8. All other octets stay.
/// Outside Content- fields, a quoted string that holds such octets gives up its quotes, for no
/// encoded word may stand within. Lines end with CRLF, as those that are given.
[[nodiscard]] std::string encode_8bit_fields(std::string_view header);

}  // namespace mailkeep::mail
