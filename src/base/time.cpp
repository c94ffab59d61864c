// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/time.hpp"

#include "mailkeep/base/text.hpp"

#include <fmt/format.h>

namespace mailkeep {

namespace {

using namespace std::chrono;

/// Takes `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    const auto digits = text.substr(0, count);
    if (digits.size() != count ||
        digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_prefix(count);
    return static_cast<int>(*parse_number(digits));
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

/// full-date, or its front: YYYY[-MM[-DD]] (RFC 3339 section 5.6)
std::optional<sys_days> take_date(std::string_view& text) {
    const auto y = take_digits(text, 4);
    if (!y) {
        return std::nullopt;
    }
    std::optional<int> m = 1;
    std::optional<int> d = 1;
    if (take(text, "-")) {
        m = take_digits(text, 2);
        if (m && take(text, "-")) {
            d = take_digits(text, 2);
        }
    }
    if (!m || !d) {
        return std::nullopt;
    }
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                              day{static_cast<unsigned>(*d)}};
    return date.ok() ? std::optional(sys_days{date}) : std::nullopt;
}

/// time-secfrac: fraction beyond milliseconds is dropped
std::optional<milliseconds> take_fraction(std::string_view& text) {
    if (!take(text, ".")) {
        return milliseconds{0};
    }
    int value = 0;
    std::size_t count = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++count) {
        value = count < 3 ? value * 10 + (text.front() - '0') : value;
        text.remove_prefix(1);
    }
    for (auto missing = count; missing < 3; ++missing) {
        value *= 10;
    }
    return count > 0 ? std::optional(milliseconds{value}) : std::nullopt;
}

/// time-offset: Z or +hh:mm
std::optional<minutes> take_zone(std::string_view& text) {
    if (take(text, "Zz")) {
        return minutes{0};
    }
    const bool is_west = !text.empty() && text.front() == '-';
    if (!take(text, "+-")) {
        return std::nullopt;
    }
    const auto h = take_digits(text, 2);
    const bool has_colon = take(text, ":");
    const auto m = take_digits(text, 2);
    if (!h || !has_colon || !m || *h > 23 || *m > 59) {
        return std::nullopt;
    }
    const minutes east = hours{*h} + minutes{*m};
    return is_west ? -east : east;
}

}  // namespace

std::string to_rfc3339(Timestamp at) {
    const auto days = floor<std::chrono::days>(at);
    const year_month_day date{days};
    const hh_mm_ss time{at - days};
    auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                            static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                            time.hours().count(), time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() != 0) {
        text += fmt::format(".{:03}", time.subseconds().count());
    }
    return text + "Z";
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    const auto date = take_date(text);
    if (!date || text.empty()) {
        return date;
    }
    if (!take(text, "Tt ")) {
        return std::nullopt;
    }
    const auto h = take_digits(text, 2);
    const bool has_first_colon = take(text, ":");
    const auto m = take_digits(text, 2);
    const bool has_second_colon = take(text, ":");
    const auto s = take_digits(text, 2);
    const auto fraction = take_fraction(text);
    const auto zone = take_zone(text);
    if (!h || !has_first_colon || !m || !has_second_colon || !s || !fraction || !zone ||
        !text.empty() || *h > 23 || *m > 59 || *s > 60) {
        return std::nullopt;
    }
    return *date + hours{*h} + minutes{*m} + seconds{*s} + *fraction - *zone;
}

Timestamp from_unix_ms(std::int64_t milliseconds_since_1970) {
    return Timestamp{milliseconds{milliseconds_since_1970}};
}

std::int64_t unix_ms(Timestamp at) {
    return at.time_since_epoch().count();
}

Timestamp SystemClock::now() const {
    return floor<milliseconds>(system_clock::now());
}

}  // namespace mailkeep
