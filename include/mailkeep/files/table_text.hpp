// SPDX-License-Identifier: Apache-2.0
// The two forms of a list that stands beside exported files: JSON Lines for programs, CSV (RFC
// 4180) for people and spreadsheets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::files {

/// `text` as a JSON string (RFC 8259). What is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_text(std::string_view text);
[[nodiscard]] std::string json_list(const std::vector<std::string>& texts);
/// null for nothing.
[[nodiscard]] std::string json_text(const std::optional<std::string>& text);

/// As a cell. One that a spreadsheet would take for a formula begins with an apostrophe.
[[nodiscard]] std::string csv_cell(std::string_view text);
/// With CRLF.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& texts);

}  // namespace mailkeep::files
