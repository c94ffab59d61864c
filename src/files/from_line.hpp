// SPDX-License-Identifier: Apache-2.0
// The line that begins a message in an mbox (RFC 4155 appendix A), as programs write it. Pure.
#pragma once

#include "mailkeep/base/time.hpp"

#include <optional>
#include <string_view>

namespace mailkeep::files {

inline constexpr std::size_t longest_from_line = 1000;

struct FromLine {
    std::string_view sender;
    std::optional<Timestamp> date;  ///< of asctime; without a zone taken for UTC
};

/// Of a line without its end; nothing when it does not begin with "From ". The date may have a
/// zone before or after the year, and may lack seconds.
[[nodiscard]] std::optional<FromLine> parse_from_line(std::string_view line);

/// "Name:", with what RFC 5322 allows in a name.
[[nodiscard]] bool is_header_line(std::string_view line);

}  // namespace mailkeep::files
