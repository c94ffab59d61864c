// SPDX-License-Identifier: Apache-2.0
// Text without a locale: ASCII case, trimming, splitting, UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep {

[[nodiscard]] std::string to_lower_ascii(std::string_view text);
[[nodiscard]] std::string to_upper_ascii(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

/// Without spaces, tabs, CR and LF at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Pieces between separators, empty ones included; split("", c) is one empty piece.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string join(const std::vector<std::string>& pieces, std::string_view between);

/// The whole text as a decimal number; nothing when it is not one or does not fit.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);
/// Every octet that is not part of valid UTF-8 (RFC 3629) becomes U+FFFD.
[[nodiscard]] std::string to_valid_utf8(std::string_view text);
/// At most limit octets, never cutting a UTF-8 sequence in two.
[[nodiscard]] std::string_view clip(std::string_view utf8, std::size_t limit);

[[nodiscard]] std::string to_hex(std::string_view octets);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);
[[nodiscard]] std::string to_base64(std::string_view octets);
/// Nothing when it is not canonical base64 with padding (RFC 4648 section 4).
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace mailkeep
