// SPDX-License-Identifier: Apache-2.0
// Runs, users and their sessions.
#include "mailkeep/base/error.hpp"

#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Runs, are_written_when_they_start_and_when_they_end) {
    Story story;
    const auto id = story.catalog.start_run(AccountId{4}, RunKind::collect, story_begins);
    const auto started = story.catalog.run(id).value();
    EXPECT_EQ(started.account, AccountId{4});
    EXPECT_EQ(started.kind, RunKind::collect);
    EXPECT_EQ(started.state, RunState::running);
    EXPECT_EQ(started.started, story_begins);
    EXPECT_EQ(started.finished, std::nullopt);
    auto run = started;
    run.state = RunState::partial;
    run.finished = story_begins + std::chrono::seconds{9};
    run.counts = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    run.error = "INBOX: no";
    story.catalog.finish_run(run);
    const auto finished = story.catalog.run(id).value();
    EXPECT_EQ(finished.state, run.state);
    EXPECT_EQ(finished.finished, run.finished);
    EXPECT_EQ(finished.counts, run.counts);
    EXPECT_EQ(finished.error, run.error);
    EXPECT_FALSE(story.catalog.run(RunId{99}).has_value());
}

TEST(Runs, keep_the_reports_of_the_newest_restores) {
    Story story;
    for (std::int64_t run = 1; run <= 102; ++run) {
        story.catalog.note_restore_report(RunId{run}, "report");
    }
    story.catalog.note_restore_report(RunId{3}, "another");
    EXPECT_EQ(story.catalog.restore_report(RunId{2}), std::nullopt);
    EXPECT_EQ(story.catalog.restore_report(RunId{3}), "another");
    EXPECT_EQ(story.catalog.restore_report(RunId{102}), "report");
}

TEST(Runs, are_listed_newest_first) {
    Story story;
    const auto first = story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins);
    const auto second = story.catalog.start_run(AccountId{2}, RunKind::restore, story_begins);
    const auto third = story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins);
    const auto runs = story.catalog.runs(2);
    ASSERT_THAT(runs, SizeIs(2));
    EXPECT_EQ(runs[0].id, third);
    EXPECT_EQ(runs[1].id, second);
    EXPECT_EQ(story.catalog.last_run(AccountId{1})->id, third);
    EXPECT_FALSE(story.catalog.last_run(AccountId{3}).has_value());
    EXPECT_LT(first, second);
}

TEST(Runs, told_by_the_archive_do_not_begin_anew_where_they_are_known) {
    Story story;
    const auto id = story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins);
    story.event(RunStarted{AccountId{1}, RunKind::mirror}, id);
    story.event(RunStarted{AccountId{2}, RunKind::collect}, RunId{12});
    const auto end = story.event(RunFinished{RunState::failed, {.seen = 4}, "lost"}, RunId{12})
                         .event(RunFinished{RunState::done, {}, ""}, RunId{77})
                         .apply();
    EXPECT_EQ(story.catalog.run(id)->started, story_begins);
    const auto told = story.catalog.run(RunId{12}).value();
    EXPECT_EQ(told.kind, RunKind::collect);
    EXPECT_EQ(told.state, RunState::failed);
    EXPECT_EQ(told.finished, end);
    EXPECT_EQ(told.counts.seen, 4U);
    EXPECT_EQ(told.error, "lost");
    EXPECT_FALSE(story.catalog.run(RunId{77}).has_value());
    EXPECT_EQ(story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins), RunId{13});
}

TEST(Runs, left_open_by_a_crash_become_failed) {
    Story story;
    const auto id = story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins);
    auto done =
        story.catalog.run(story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins))
            .value();
    done.state = RunState::done;
    done.finished = story_begins;
    story.catalog.finish_run(done);
    const auto now = story_begins + std::chrono::hours{1};
    story.catalog.close_broken_runs(now);
    EXPECT_EQ(story.catalog.run(id)->state, RunState::failed);
    EXPECT_EQ(story.catalog.run(id)->finished, now);
    EXPECT_FALSE(story.catalog.run(id)->error.empty());
    EXPECT_EQ(story.catalog.run(done.id)->state, RunState::done);
}

TEST(Users, come_and_go) {
    Story story;
    story.event(UserSaved{"root", "one"}).event(UserSaved{"eve", "two"}).apply();
    ASSERT_THAT(story.catalog.users(), SizeIs(2));
    EXPECT_EQ(story.catalog.users()[0].name, "eve");
    EXPECT_EQ(story.catalog.user("root")->password_hash, "one");
    story.event(UserSaved{"root", "three"}).event(UserRemoved{"eve"}).apply();
    EXPECT_EQ(story.catalog.user("root")->password_hash, "three");
    EXPECT_FALSE(story.catalog.user("eve").has_value());
}

TEST(WebSessions, last_until_they_expire_or_are_removed) {
    Story story;
    story.event(UserSaved{"root", "hash"}).apply();
    const WebSession session{sha256("token"), "root", "csrf", story_begins};
    story.catalog.add_web_session(session);
    const auto before = story_begins - std::chrono::seconds{1};
    const auto found = story.catalog.web_session(session.token, before).value();
    EXPECT_EQ(found.token, session.token);
    EXPECT_EQ(found.user, "root");
    EXPECT_EQ(found.csrf, "csrf");
    EXPECT_EQ(found.expires, story_begins);
    EXPECT_FALSE(story.catalog.web_session(session.token, story_begins).has_value());
    EXPECT_FALSE(story.catalog.web_session(sha256("other"), before).has_value());
    story.catalog.forget_expired_sessions(before);
    EXPECT_TRUE(story.catalog.web_session(session.token, before).has_value());
    story.catalog.forget_expired_sessions(story_begins);
    EXPECT_FALSE(story.catalog.web_session(session.token, before).has_value());
    story.catalog.add_web_session(session);
    story.catalog.remove_web_session(session.token);
    EXPECT_FALSE(story.catalog.web_session(session.token, before).has_value());
}

TEST(WebSessions, end_with_the_user_and_with_the_password) {
    Story story;
    story.event(UserSaved{"root", "one"}).event(UserSaved{"eve", "one"}).apply();
    const auto before = story_begins - std::chrono::seconds{1};
    story.catalog.add_web_session({sha256("1"), "root", "", story_begins});
    story.catalog.add_web_session({sha256("2"), "eve", "", story_begins});
    story.event(UserSaved{"root", "one"}).apply();
    EXPECT_TRUE(story.catalog.web_session(sha256("1"), before).has_value());
    story.event(UserSaved{"root", "two"}).event(UserRemoved{"eve"}).apply();
    EXPECT_FALSE(story.catalog.web_session(sha256("1"), before).has_value());
    EXPECT_FALSE(story.catalog.web_session(sha256("2"), before).has_value());
}

}  // namespace mailkeep::catalog::test
