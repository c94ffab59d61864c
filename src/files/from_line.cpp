// SPDX-License-Identifier: Apache-2.0
#include "from_line.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace mailkeep::files {

namespace {

constexpr std::string_view from_word = "From ";
constexpr std::array<std::string_view, 7> weekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
/// Month, day and time, and a year behind them.
constexpr std::size_t words_of_date = 4;

using Words = std::vector<std::string_view>;

std::optional<unsigned> small_number(std::string_view text, unsigned most) {
    const auto number = text.size() <= 4 ? parse_number(text) : std::nullopt;
    return number && *number <= most ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() != 2 && parts.size() != 3) {
        return std::nullopt;
    }
    const auto hours = small_number(parts[0], 23);
    const auto minutes = small_number(parts[1], 59);
    const auto seconds = parts.size() == 3 ? small_number(parts[2], 60) : std::optional(0U);
    if (!hours || !minutes || !seconds) {
        return std::nullopt;
    }
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
           std::chrono::seconds(*seconds);
}

/// "+0200"; all other words of zones are taken for UTC, for they mean several.
std::chrono::minutes zone_of(std::string_view word) {
    if (word.size() != 5 || (word[0] != '+' && word[0] != '-')) {
        return {};
    }
    const auto hours = small_number(word.substr(1, 2), 14);
    const auto minutes = small_number(word.substr(3), 59);
    if (!hours || !minutes) {
        return {};
    }
    const auto ahead = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return word[0] == '-' ? -ahead : ahead;
}

bool is_zone(std::string_view word) {
    return !word.empty() && word.size() <= 6 &&
           (word[0] == '+' || word[0] == '-' ||
            std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
}

/// Of words that begin with the month: "Jan  2 12:33:01 [zone] 2018 [zone]".
std::optional<Timestamp> date_of(std::span<const std::string_view> words) {
    if (words.size() < words_of_date) {
        return std::nullopt;
    }
    const auto* const month = std::find(months.begin(), months.end(), words[0]);
    const auto day = small_number(words[1], 31);
    const auto time = time_of_day(words[2]);
    if (month == months.end() || !day || !time) {
        return std::nullopt;
    }
    std::size_t at = 3;
    std::chrono::minutes zone{};
    if (words.size() > at + 1 && is_zone(words[at])) {
        zone = zone_of(words[at]);
        ++at;
    }
    const auto year = words[at].size() == 4 ? small_number(words[at], 9999) : std::nullopt;
    if (words.size() > at + 1) {
        zone = zone_of(words[at + 1]);
    }
    const auto date = std::chrono::year(static_cast<int>(year.value_or(0))) /
                      static_cast<int>(month - months.begin() + 1) / static_cast<int>(*day);
    if (!year || !date.ok()) {
        return std::nullopt;
    }
    return Timestamp(std::chrono::sys_days(date) + *time - zone);
}

Words words_of(std::string_view text) {
    auto words = split(text, ' ');
    std::erase(words, "");
    return words;
}

}  // namespace

std::optional<FromLine> parse_from_line(std::string_view line) {
    if (!line.starts_with(from_word)) {
        return std::nullopt;
    }
    const auto rest = trim(line.substr(from_word.size()));
    const auto words = words_of(rest);
    for (std::size_t i = 0; i + words_of_date < words.size() + 1; ++i) {
        if (std::find(weekdays.begin(), weekdays.end(), words[i]) == weekdays.end()) {
            continue;
        }
        if (const auto date = date_of(std::span(words).subspan(i + 1))) {
            const auto length = static_cast<std::size_t>(words[i].data() - rest.data());
            return FromLine{trim(rest.substr(0, length)), date};
        }
    }
    return FromLine{rest, std::nullopt};
}

bool is_header_line(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const auto name = line.substr(0, colon);
    return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace mailkeep::files
