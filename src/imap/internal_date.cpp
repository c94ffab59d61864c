// SPDX-License-Identifier: Apache-2.0
#include "internal_date.hpp"

#include "mailkeep/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace mailkeep::imap {

namespace {

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<unsigned> number_up_to(unsigned most, std::string_view text) {
    const auto number = parse_number(text);
    return number && *number <= most ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

// date-day-fixed "-" date-month "-" date-year
std::optional<std::chrono::sys_days> parse_date(std::string_view text) {
    const auto pieces = split(text, '-');
    if (pieces.size() != 3)
        return std::nullopt;
    const auto day = number_up_to(31, pieces[0]);
    const auto year = number_up_to(9999, pieces[2]);
    const auto* const month = std::find_if(month_names.begin(), month_names.end(), [&](auto name) {
        return equals_ignoring_case(name, pieces[1]);
    });
    if (!day || month == month_names.end() || !year || *year == 0)
        return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(static_cast<int>(*year)),
        std::chrono::month(static_cast<unsigned>(month - month_names.begin()) + 1),
        std::chrono::day(*day));
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

// time = 2DIGIT ":" 2DIGIT ":" 2DIGIT ; a second 60 is the leap second
std::optional<std::chrono::seconds> parse_time(std::string_view text) {
    const auto pieces = split(text, ':');
    if (pieces.size() != 3)
        return std::nullopt;
    const auto hour = number_up_to(23, pieces[0]);
    const auto minute = number_up_to(59, pieces[1]);
    const auto second = number_up_to(60, pieces[2]);
    if (!hour || !minute || !second)
        return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

// zone = ("+" / "-") 4DIGIT
std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
    if (text.size() != 5 || (text.front() != '+' && text.front() != '-'))
        return std::nullopt;
    const auto hours = number_up_to(23, text.substr(1, 2));
    const auto minutes = number_up_to(59, text.substr(3));
    if (!hours || !minutes)
        return std::nullopt;
    const auto zone = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return text.front() == '-' ? -zone : zone;
}

}  // namespace

// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
std::string to_date_time(const InternalDate& date) {
    using namespace std::chrono;
    constexpr sys_days first = 1970y / January / 1;
    constexpr sys_days last = 9999y / December / 31;
    const auto at = std::clamp(floor<seconds>(date.at), sys_seconds(first), sys_seconds(last));
    auto zone = abs(date.zone) < 24h ? date.zone : 0min;
    if (at + zone < first)
        zone = 0min;
    const auto day = floor<days>(at + zone);
    const year_month_day ymd(day);
    const hh_mm_ss time(at + zone - day);
    const hh_mm_ss offset(zone);
    return fmt::format("{:2}-{}-{:04} {:02}:{:02}:{:02} {}{:02}{:02}", unsigned{ymd.day()},
                       month_names.at(unsigned{ymd.month()} - 1), int{ymd.year()},
                       time.hours().count(), time.minutes().count(), time.seconds().count(),
                       offset.is_negative() ? '-' : '+', offset.hours().count(),
                       offset.minutes().count());
}

// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
std::optional<InternalDate> parse_date_time(std::string_view text) {
    const auto pieces = split(trim(text), ' ');
    if (pieces.size() != 3)
        return std::nullopt;
    const auto date = parse_date(pieces[0]);
    const auto time = parse_time(pieces[1]);
    const auto zone = parse_zone(pieces[2]);
    if (!date || !time || !zone)
        return std::nullopt;
    return InternalDate{*date + *time - *zone, *zone};
}

}  // namespace mailkeep::imap
