// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/scheduler.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace std::chrono_literals;
using service::next_due;

namespace {

const Timestamp now = from_unix_ms(1'700'000'000'000);
constexpr Schedule hourly{1h};

Run started(Timestamp at, RunState state, std::optional<Errc> code = std::nullopt) {
    Run run;
    run.started = at;
    run.state = state;
    run.error_code = code;
    return run;
}

}  // namespace

TEST(NextDue, is_never_for_a_manual_schedule) {
    EXPECT_FALSE(next_due(Schedule{0s}, std::nullopt, now));
}

TEST(NextDue, is_now_for_an_account_that_never_ran) {
    EXPECT_EQ(next_due(hourly, std::nullopt, now), now);
}

TEST(NextDue, is_one_interval_after_the_last_start) {
    EXPECT_EQ(next_due(hourly, started(now - 10min, RunState::done), now), now + 50min);
    EXPECT_EQ(next_due(hourly, started(now - 3h, RunState::partial), now), now - 2h);
}

TEST(NextDue, keeps_the_interval_after_a_failure_that_may_pass) {
    EXPECT_EQ(next_due(hourly, started(now - 10min, RunState::failed, Errc::network), now),
              now + 50min);
}

TEST(NextDue, waits_an_hour_where_the_server_wants_a_pause) {
    const auto run = started(now, RunState::failed, Errc::throttled);
    EXPECT_EQ(next_due(Schedule{5min}, run, now), now + 1h);
    EXPECT_EQ(next_due(Schedule{3h}, run, now), now + 3h);
}

TEST(NextDue, waits_a_day_after_a_refused_login_or_certificate) {
    EXPECT_EQ(next_due(hourly, started(now, RunState::failed, Errc::authentication), now),
              now + 24h);
    EXPECT_EQ(next_due(hourly, started(now, RunState::failed, Errc::tls), now), now + 24h);
    EXPECT_EQ(next_due(Schedule{48h}, started(now, RunState::failed, Errc::tls), now), now + 48h);
}

TEST(NextDue, does_not_wait_for_a_clock_that_was_set_back) {
    EXPECT_EQ(next_due(hourly, started(now + 240h, RunState::done), now), now + 1h);
}

TEST(NextDue, is_never_sooner_than_the_server_wants) {
    const MaildropRules rules{2h, {}};
    EXPECT_EQ(next_due(hourly, started(now - 10min, RunState::done), now, rules), now + 110min);
    auto long_one = started(now - 3h, RunState::done);
    long_one.finished = now - 30min;
    EXPECT_EQ(next_due(hourly, long_one, now, rules), now + 90min);
    EXPECT_EQ(next_due(Schedule{3h}, started(now, RunState::done), now, rules), now + 3h);
}

TEST(NextDue, comes_back_soon_to_a_maildrop_that_was_in_use) {
    auto locked = started(now, RunState::failed, Errc::refused);
    locked.kind = RunKind::collect;
    EXPECT_EQ(next_due(Schedule{12h}, locked, now), now + 15min);
    EXPECT_EQ(next_due(Schedule{5min}, locked, now), now + 5min);
    EXPECT_EQ(next_due(Schedule{12h}, locked, now, {1h, {}}), now + 1h);
}
