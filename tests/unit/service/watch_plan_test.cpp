// SPDX-License-Identifier: Apache-2.0
#include "watch_plan.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace std::chrono_literals;
using service::is_another_session;
using service::plan_failures;
using service::plan_retry;

TEST(PlanRetry, doubles_the_pause_up_to_a_quarter_of_an_hour) {
    EXPECT_EQ(plan_retry(Errc::network, 1, 1), 5s);
    EXPECT_EQ(plan_retry(Errc::timeout, 2, 1), 10s);
    EXPECT_EQ(plan_retry(Errc::refused, 3, 1), 20s);
    EXPECT_EQ(plan_retry(Errc::protocol, 8, 1), 640s);
    EXPECT_EQ(plan_retry(Errc::tls, 9, 1), 15min);
    EXPECT_EQ(plan_retry(Errc::network, 1'000'000, 1), 15min);
}

TEST(PlanRetry, leaves_half_of_the_pause_to_chance) {
    EXPECT_EQ(plan_retry(Errc::network, 1, 0), 2500ms);
    EXPECT_EQ(plan_retry(Errc::network, 1, 0.5), 3750ms);
    EXPECT_EQ(plan_retry(Errc::network, 20, 0), 450s);
}

TEST(PlanRetry, tries_a_refused_login_no_more) {
    EXPECT_FALSE(plan_retry(Errc::authentication, 1, 0.5));
}

TEST(PlanFailures, counts_those_in_a_row_that_ended_soon) {
    EXPECT_EQ(plan_failures(0, 1s), 1);
    EXPECT_EQ(plan_failures(3, 4min), 4);
    EXPECT_EQ(plan_failures(9, 5min), 1);
}

TEST(IsAnotherSession, is_what_needs_a_new_login_or_other_mailboxes) {
    Account before;
    before.server.host = "here";
    EXPECT_FALSE(is_another_session(before, before));
    Account now = before;
    now.name = "other";
    now.schedule.every = 5min;
    EXPECT_FALSE(is_another_session(before, now));
    now.sealed_password = "new";
    EXPECT_TRUE(is_another_session(before, now));
    now = before;
    now.server.host = "elsewhere";
    EXPECT_TRUE(is_another_session(before, now));
    now = before;
    now.watch = {"INBOX", "Sent"};
    EXPECT_TRUE(is_another_session(before, now));
    now = before;
    now.schedule.every = 0s;
    EXPECT_TRUE(is_another_session(before, now));
}

TEST(IsAnotherSession, is_no_renewed_token) {
    Account before;
    before.auth = Auth::oauth;
    Account now = before;
    now.sealed_password = "renewed";
    EXPECT_FALSE(is_another_session(before, now));
}
