// SPDX-License-Identifier: Apache-2.0
// ISO-2022-JP as Japanese mailers write it: with the rows that NEC and IBM added to JIS X 0208
// (such as circled numbers), which the C library knows in Shift_JIS only.
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::mail {

/// The same text in Shift_JIS, for a decoder that knows Microsoft's form of it: the escape
/// sequences of RFC 1468 undone, and the one for half-width katakana. Linear; any octets will do.
[[nodiscard]] std::string shift_jis_from_iso_2022_jp(std::string_view octets);

}  // namespace mailkeep::mail
