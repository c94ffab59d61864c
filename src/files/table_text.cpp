// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/table_text.hpp"

#include "mailkeep/base/text.hpp"

#include <fmt/format.h>

namespace mailkeep::files {

std::string json_text(std::string_view text) {
    std::string json = "\"";
    for (const char c : to_valid_utf8(text)) {
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            json += fmt::format("\\u{:04x}", static_cast<int>(c));
        } else {
            json += c;
        }
    }
    return json + '"';
}

std::string json_text(const std::optional<std::string>& text) {
    return text ? json_text(std::string_view(*text)) : "null";
}

std::string json_list(const std::vector<std::string>& texts) {
    std::vector<std::string> items;
    for (const auto& text : texts) {
        items.push_back(json_text(std::string_view(text)));
    }
    return "[" + join(items, ",") + "]";
}

std::string csv_cell(std::string_view text) {
    std::string cell = to_valid_utf8(text);
    if (!cell.empty() &&
        std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos) {
        cell.insert(cell.begin(), '\'');
    }
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c;
        quoted += c == '"' ? "\"" : "";
    }
    return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& texts) {
    std::vector<std::string> cells;
    for (const auto& text : texts) {
        cells.push_back(csv_cell(text));
    }
    return join(cells, ",") + "\r\n";
}

}  // namespace mailkeep::files
