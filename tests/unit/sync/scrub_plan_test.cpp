// SPDX-License-Identifier: Apache-2.0
// The truth table of the check in the background: which pack is due, and when it is enough.
#include "mailkeep/sync/scrub.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace mailkeep::sync {

namespace {

using namespace std::chrono;

const Timestamp that_day = parse_rfc3339("2026-06-15T12:00:00Z").value();
const Timestamp morning = parse_rfc3339("2026-06-15T00:00:00Z").value();

std::optional<std::string> plan(const std::vector<PackToCheck>& packs) {
    return plan_scrub(packs, that_day);
}

/// A year of an archive whose packs are of these sizes.
struct Year {
    days longest_wait{0};
    std::uint64_t most_bytes_a_day = 0;
    std::size_t fewest_a_day = SIZE_MAX;
};

Year simulate(std::vector<PackToCheck> packs) {
    Year year;
    std::map<std::string, Timestamp> last;
    for (auto& pack : packs) {
        last[pack.name] = that_day;
        pack.checked_at = that_day;
    }
    for (int day = 1; day <= 365; ++day) {
        const auto today = that_day + days{day};
        std::uint64_t bytes = 0;
        std::size_t count = 0;
        while (const auto due = plan_scrub(packs, today)) {
            const auto pack = std::find_if(packs.begin(), packs.end(),
                                           [&](const auto& each) { return each.name == *due; });
            year.longest_wait =
                std::max(year.longest_wait, duration_cast<days>(today - last[*due]));
            last[*due] = today;
            pack->checked_at = today;
            bytes += pack->size;
            ++count;
        }
        year.most_bytes_a_day = std::max(year.most_bytes_a_day, bytes);
        year.fewest_a_day = std::min(year.fewest_a_day, count);
    }
    for (const auto& [name, at] : last) {
        year.longest_wait =
            std::max(year.longest_wait, duration_cast<days>(that_day + days{365} - at));
    }
    return year;
}

}  // namespace

TEST(ScrubPlan, has_nothing_to_do_without_packs) {
    EXPECT_EQ(plan({}), std::nullopt);
}

TEST(ScrubPlan, takes_first_what_was_never_checked_then_the_oldest_check_then_by_name) {
    EXPECT_EQ(plan({{"a", 9, that_day - days{40}}, {"b", 9, std::nullopt}}), "b");
    EXPECT_EQ(plan({{"a", 9, that_day - days{3}}, {"b", 9, that_day - days{4}}}), "b");
    EXPECT_EQ(plan({{"b", 9, that_day - days{4}}, {"a", 9, that_day - days{4}}}), "a");
}

TEST(ScrubPlan, checks_one_a_day_however_few_there_are) {
    EXPECT_EQ(plan({{"a", 9, morning - milliseconds{1}}}), "a");
    EXPECT_EQ(plan({{"a", 9, morning}}), std::nullopt);
    EXPECT_EQ(plan({{"a", 9, morning}, {"b", 9, morning - days{9}}}), std::nullopt);
}

TEST(ScrubPlan, goes_on_until_a_thirtieth_of_the_bytes_was_checked_today) {
    EXPECT_EQ(plan({{"a", 10, morning}, {"b", 291, morning - days{9}}}), "b");
    EXPECT_EQ(plan({{"a", 10, morning}, {"b", 290, morning - days{9}}}), std::nullopt);
}

TEST(ScrubPlan, does_not_believe_a_check_in_the_future) {
    EXPECT_EQ(plan({{"a", 9, that_day + days{900}}, {"b", 9, that_day - days{9}}}), "a");
    EXPECT_EQ(plan({{"a", 9, that_day + milliseconds{1}}}), "a");
}

TEST(ScrubPlan, passes_over_none_for_more_than_thirty_days) {
    std::vector<PackToCheck> few{{"a", 32, {}}, {"b", 1, {}}, {"c", 900, {}}};
    std::vector<PackToCheck> many;
    std::uint64_t total = 0;
    for (int i = 0; i < 200; ++i) {
        const auto size = static_cast<std::uint64_t>(1 + i * 7919 % 97);
        many.push_back({std::to_string(i), size, {}});
        total += size;
    }
    EXPECT_LE(simulate(few).longest_wait, days{30});
    EXPECT_EQ(simulate(few).fewest_a_day, 1U);
    const auto year = simulate(many);
    EXPECT_LE(year.longest_wait, days{30});
    EXPECT_LE(year.most_bytes_a_day, total / 30 + 97);
}

TEST(DailyChore, is_due_on_another_day_or_when_the_clock_was_set_back) {
    EXPECT_TRUE(is_due_today(std::nullopt, that_day));
    EXPECT_TRUE(is_due_today(morning - milliseconds{1}, that_day));
    EXPECT_FALSE(is_due_today(morning, that_day));
    EXPECT_FALSE(is_due_today(that_day, that_day));
    EXPECT_TRUE(is_due_today(that_day + milliseconds{1}, that_day));
}

}  // namespace mailkeep::sync
