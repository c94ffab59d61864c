// SPDX-License-Identifier: Apache-2.0
#include "internal_date.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mailkeep::imap {

namespace {

using std::chrono::minutes;

InternalDate date(std::string_view utc, int zone_minutes) {
    return {parse_rfc3339(utc).value(), minutes(zone_minutes)};
}

struct Known {
    std::string_view text;
    InternalDate value;
};

const Known known_dates[] = {
    {"17-Jul-1996 02:44:25 -0700", date("1996-07-17T09:44:25Z", -420)},  // RFC 9051 section 7.5.2
    {" 1-Jan-2020 00:00:00 +0000", date("2020-01-01T00:00:00Z", 0)},
    {"29-Feb-2024 23:59:59 +0545", date("2024-02-29T18:14:59Z", 345)},
    {"31-Dec-1999 20:00:00 -0930", date("2000-01-01T05:30:00Z", -570)},
    {" 1-Jan-1970 00:00:00 +0000", date("1970-01-01T00:00:00Z", 0)},
    {" 1-Jan-1970 01:00:00 +0100", date("1970-01-01T00:00:00Z", 60)},
};

}  // namespace

TEST(InternalDate, is_written_in_its_own_zone) {
    for (const auto& [text, value] : known_dates) {
        EXPECT_EQ(to_date_time(value), text);
    }
}

TEST(InternalDate, is_read_with_its_zone) {
    for (const auto& [text, value] : known_dates) {
        EXPECT_EQ(parse_date_time(text), value) << text;
    }
}

TEST(InternalDate, is_read_however_the_day_is_padded) {
    const auto expected = date("2020-01-01T10:00:00Z", 0);
    EXPECT_EQ(parse_date_time("01-Jan-2020 10:00:00 +0000"), expected);
    EXPECT_EQ(parse_date_time("1-jan-2020 10:00:00 +0000"), expected);
    EXPECT_EQ(parse_date_time("1-JAN-2020 10:00:00 -0000"), expected);
}

TEST(InternalDate, is_read_with_a_leap_second) {
    EXPECT_EQ(parse_date_time("31-Dec-2016 23:59:60 +0000"), date("2017-01-01T00:00:00Z", 0));
}

TEST(InternalDate, is_nothing_when_it_is_no_date) {
    for (const std::string_view text :
         {"", "00-Jan-0000 00:00:00 +0000", "30-Feb-2020 00:00:00 +0000",
          "01-Foo-2020 00:00:00 +0000", "01-Jan-2020 24:00:00 +0000", "01-Jan-2020 00:60:00 +0000",
          "01-Jan-2020 00:00:00", "01-Jan-2020 00:00:00 +000", "01-Jan-2020 00:00:00 0000",
          "01-Jan-2020 00:00:00 +2400", "01-Jan-2020 00:00:00 +0060", "01-Jan-99999 00:00:00 +0000",
          "01-Jan 00:00:00 +0000", "01-Jan-2020 00:00 +0000", "01-Jan-2020  00:00:00 +0000"}) {
        EXPECT_EQ(parse_date_time(text), std::nullopt) << text;
    }
}

TEST(InternalDate, is_nothing_for_every_part_of_a_date) {
    constexpr std::string_view whole = "17-Jul-1996 02:44:25 -0700";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_EQ(parse_date_time(whole.substr(0, length)), std::nullopt) << length;
    }
}

TEST(InternalDate, before_1970_is_written_as_the_first_day_of_1970) {
    EXPECT_EQ(to_date_time(date("1969-12-31T23:59:59Z", 0)), " 1-Jan-1970 00:00:00 +0000");
    EXPECT_EQ(to_date_time(date("1950-06-01T00:00:00Z", 120)), " 1-Jan-1970 02:00:00 +0200");
    EXPECT_EQ(to_date_time(date("1970-01-01T00:30:00Z", -60)), " 1-Jan-1970 00:30:00 +0000");
}

TEST(InternalDate, comes_back_from_its_text) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 10'000; ++i) {
        const InternalDate value{
            from_unix_ms(static_cast<std::int64_t>(86'400 + random() % 5'000'000'000) * 1000),
            minutes(static_cast<int>(random() % 1680) - 840)};
        ASSERT_EQ(parse_date_time(to_date_time(value)), value) << to_date_time(value);
    }
}

}  // namespace mailkeep::imap
