// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/time.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

TEST(Time, writes_utc_and_milliseconds_only_when_there_are_some) {
    EXPECT_EQ(to_rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339(from_unix_ms(1'700'000'000'120)), "2023-11-14T22:13:20.120Z");
    EXPECT_EQ(to_rfc3339(from_unix_ms(-1000)), "1969-12-31T23:59:59Z");
}

TEST(Time, reads_what_it_writes) {
    for (const std::int64_t ms : {0LL, 1'700'000'000'120LL, -86'400'000LL, 4'102'444'800'000LL}) {
        EXPECT_EQ(parse_rfc3339(to_rfc3339(from_unix_ms(ms))), from_unix_ms(ms));
    }
}

TEST(Time, reads_zones_and_short_dates) {
    EXPECT_EQ(parse_rfc3339("2023-11-14T23:13:20+01:00"), from_unix_ms(1'700'000'000'000));
    EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20.1234567Z"), from_unix_ms(1'700'000'000'123));
    EXPECT_EQ(parse_rfc3339("2024"), parse_rfc3339("2024-01-01T00:00:00Z"));
    EXPECT_EQ(parse_rfc3339("2024-02"), parse_rfc3339("2024-02-01T00:00:00Z"));
    EXPECT_EQ(parse_rfc3339("2024-02-29"), parse_rfc3339("2024-02-29T00:00:00Z"));
}

TEST(Time, refuses_what_is_no_date) {
    for (const auto* text : {"", "24", "2024-13", "2023-02-29", "2024-01-01T25:00:00Z",
                             "2024-01-01T10:00:00", "2024-01-01T10:00:00+0100", "2024-01-01x",
                             "2024-01-01T10:00:00.Z", "2024-01-01T10:00:00Zz"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}
