// SPDX-License-Identifier: Apache-2.0
#include "printable.hpp"

#include "mailkeep/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mailkeep::app {

namespace {

enum class LineEnds { blank, kept };

/// A code point of valid UTF-8 and the octets it takes.
struct CodePoint {
    char32_t value = 0;
    std::size_t octets = 1;
};

CodePoint first_of(std::string_view utf8) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
    const unsigned char first = octet(0);
    const std::size_t octets = first < 0x80U ? 1 : first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
    char32_t value = octets == 1 ? first : first & (0xFFU >> (octets + 1));
    for (std::size_t i = 1; i < octets; ++i) {
        value = (value << 6U) | (octet(i) & 0x3FU);
    }
    return {value, octets};
}

/// C0, DEL, C1, the line separators and everything that turns the direction of writing
/// (Unicode Bidirectional Algorithm: LRM, RLM, embeddings, overrides, isolates, ALM).
bool is_unsafe(char32_t value) {
    return value < 0x20 || (value >= 0x7F && value <= 0x9F) || value == 0x061C || value == 0x200E ||
           value == 0x200F || (value >= 0x2028 && value <= 0x202E) ||
           (value >= 0x2066 && value <= 0x2069);
}

std::string escaped(char32_t value) {
    return value < 0x80 ? fmt::format("\\x{:02X}", static_cast<std::uint32_t>(value))
                        : fmt::format("\\u{:04X}", static_cast<std::uint32_t>(value));
}

std::string printable(std::string_view text, LineEnds line_ends) {
    const auto valid = to_valid_utf8(text);
    std::string safe;
    safe.reserve(valid.size());
    for (std::string_view rest = valid; !rest.empty();) {
        const auto [value, octets] = first_of(rest);
        const bool is_layout = value == '\n' || value == '\t';
        if (rest.substr(0, 2) == "\r\n") {
            // the LF that follows stands for both
        } else if (is_layout || (value == '\r' && line_ends == LineEnds::blank)) {
            safe += line_ends == LineEnds::kept ? rest.front() : ' ';
        } else if (is_unsafe(value)) {
            safe += escaped(value);
        } else {
            safe += rest.substr(0, octets);
        }
        rest.remove_prefix(octets);
    }
    return safe;
}

struct Range {
    char32_t first;
    char32_t last;
};

bool is_in(const Range& range, char32_t value) {
    return value >= range.first && value <= range.last;
}

/// How many columns a terminal gives a code point: the big blocks of UAX #11, which is enough to
/// keep a table straight.
std::size_t columns_of(char32_t value) {
    constexpr std::array none{Range{0x0300, 0x036F}, Range{0x200B, 0x200D}, Range{0xFE00, 0xFE0F}};
    constexpr std::array two{
        Range{0x1100, 0x115F}, Range{0x2E80, 0xA4CF},   Range{0xAC00, 0xD7A3},
        Range{0xF900, 0xFAFF}, Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
        Range{0xFFE0, 0xFFE6}, Range{0x1F300, 0x1FAFF}, Range{0x20000, 0x3FFFD}};
    if (value < none.front().first) {
        return 1;
    }
    const auto holds = [&](const Range& range) { return is_in(range, value); };
    if (std::any_of(none.begin(), none.end(), holds)) {
        return 0;
    }
    return std::any_of(two.begin(), two.end(), holds) ? 2 : 1;
}

std::size_t columns_of(std::string_view utf8) {
    std::size_t columns = 0;
    while (!utf8.empty()) {
        const auto [value, octets] = first_of(utf8);
        columns += columns_of(value);
        utf8.remove_prefix(octets);
    }
    return columns;
}

}  // namespace

std::string printable_line(std::string_view text) {
    return printable(text, LineEnds::blank);
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@";
    auto word = printable_line(text);
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
        return word;
    }
    for (auto quote = word.find('\''); quote != std::string::npos;
         quote = word.find('\'', quote + 4)) {
        word.replace(quote, 1, "'\\''");
    }
    return "'" + word + "'";
}

std::string printable_text(std::string_view text) {
    return printable(text, LineEnds::kept);
}

std::string_view clip_columns(std::string_view utf8, std::size_t columns) {
    std::size_t end = 0;
    while (end < utf8.size()) {
        const auto [value, octets] = first_of(utf8.substr(end));
        const auto wanted = columns_of(value);
        if (wanted > columns) {
            break;
        }
        columns -= wanted;
        end += octets;
    }
    return utf8.substr(0, end);
}

std::string size_text(std::uint64_t octets) {
    constexpr std::array units{"kB", "MB", "GB", "TB", "PB"};
    if (octets < 1000) {
        return fmt::format("{} B", octets);
    }
    double size = static_cast<double>(octets) / 1000;
    std::size_t unit = 0;
    for (; size >= 999.95 && unit + 1 < units.size(); ++unit) {
        size /= 1000;
    }
    return fmt::format("{:.1f} {}", size, units.at(unit));
}

std::string count_text(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Table::Table(const std::vector<std::string>& head) {
    add(head);
}

void Table::add(const std::vector<std::string>& row) {
    auto& added = rows_.emplace_back();
    for (const auto& cell : row) {
        added.push_back(printable_line(cell));
    }
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns_of(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool is_last = i + 1 == row.size();
            line += row[i];
            line.append(is_last ? 0 : widths[i] - columns_of(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace mailkeep::app
