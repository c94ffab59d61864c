// SPDX-License-Identifier: Apache-2.0
#include "pause_plan.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using mailkeep::service::plan_call_again;
using mailkeep::service::plan_insisting;
using mailkeep::service::plan_pause;
using mailkeep::service::plan_waited;

TEST(PlanPause, doubles_while_nothing_comes_in) {
    EXPECT_EQ(plan_pause({}, 0ms, 1), 2s);
    EXPECT_EQ(plan_pause({.in_vain = 1}, 0ms, 1), 4s);
    EXPECT_EQ(plan_pause({.in_vain = 7}, 0ms, 1), 256s);
    EXPECT_EQ(plan_pause({.in_vain = 8}, 0ms, 1), 5min);
    EXPECT_EQ(plan_pause({.in_vain = 1'000'000}, 0ms, 1), 5min);
}

TEST(PlanPause, leaves_half_to_chance) {
    EXPECT_EQ(plan_pause({}, 0ms, 0), 1s);
    EXPECT_EQ(plan_pause({}, 0ms, 0.5), 1500ms);
}

TEST(PlanPause, is_what_the_server_told_and_a_little_more) {
    EXPECT_EQ(plan_pause({}, 300s, 0), 300s);
    EXPECT_EQ(plan_pause({.in_vain = 6}, 300s, 1), 330s);
    EXPECT_EQ(plan_pause({}, 1ms, 1), 1ms);
}

TEST(PlanPause, ends_the_run_after_a_quarter_of_an_hour_in_vain) {
    EXPECT_EQ(plan_pause({.since_arrival = 10min}, 0ms, 1), 2s);
    EXPECT_EQ(plan_pause({.in_vain = 8, .since_arrival = 10min}, 0ms, 1), 5min);
    EXPECT_FALSE(plan_pause({.in_vain = 8, .since_arrival = 10min + 1ms}, 0ms, 1));
    EXPECT_FALSE(plan_pause({}, 15min + 1ms, 0));
}

TEST(PlanPause, ends_the_run_after_an_hour_in_all) {
    EXPECT_EQ(plan_pause({.in_all = 59min}, 60s, 0), 1min);
    EXPECT_FALSE(plan_pause({.in_all = 59min}, 60s, 1));
}

TEST(PlanCallAgain, doubles_while_nothing_comes_in_and_gives_up_after_four_times) {
    EXPECT_EQ(plan_call_again(0, 1), 1s);
    EXPECT_EQ(plan_call_again(0, 0), 500ms);
    EXPECT_EQ(plan_call_again(3, 1), 8s);
    EXPECT_FALSE(plan_call_again(4, 1));
}

TEST(PlanWaited, adds_up) {
    const auto waited = plan_waited({.in_vain = 1, .since_arrival = 2s, .in_all = 30s}, 4s);
    EXPECT_EQ(waited.in_vain, 2);
    EXPECT_EQ(waited.since_arrival, 6s);
    EXPECT_EQ(waited.in_all, 34s);
}

TEST(PlanInsisting, comes_after_three_pauses_in_vain) {
    EXPECT_FALSE(plan_insisting({.in_vain = 2}));
    EXPECT_TRUE(plan_insisting({.in_vain = 3}));
}
