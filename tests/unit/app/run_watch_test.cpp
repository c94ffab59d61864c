// SPDX-License-Identifier: Apache-2.0
// How runs that ended are told, and with which code a command ends then.
#include "recording_channel.hpp"
#include "run_watch.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mailkeep::app {

namespace {

Run run_in(RunState state, std::optional<Errc> code = std::nullopt) {
    Run run;
    run.state = state;
    run.error_code = code;
    return run;
}

ExitCode code_of(std::initializer_list<Run> runs) {
    return exit_code_for(std::span<const Run>(runs.begin(), runs.size()));
}

const Run done = run_in(RunState::done);

TEST(BackupExit, is_0_when_all_is_done) {
    EXPECT_EQ(code_of({}), ExitCode::done);
    EXPECT_EQ(code_of({done, done}), ExitCode::done);
}

TEST(BackupExit, is_3_when_an_account_failed_or_a_message) {
    EXPECT_EQ(code_of({done, run_in(RunState::failed, Errc::authentication)}), ExitCode::partial);
    EXPECT_EQ(code_of({run_in(RunState::failed, Errc::network)}), ExitCode::partial);
    EXPECT_EQ(code_of({done, run_in(RunState::partial)}), ExitCode::partial);
}

TEST(BackupExit, is_1_when_it_was_cancelled_or_nothing_can_be_written) {
    EXPECT_EQ(code_of({done, run_in(RunState::cancelled, Errc::cancelled)}), ExitCode::failed);
    EXPECT_EQ(code_of({run_in(RunState::failed, Errc::storage), run_in(RunState::partial)}),
              ExitCode::failed);
}

TEST(BackupExit, is_4_when_the_archive_is_damaged) {
    EXPECT_EQ(code_of({run_in(RunState::cancelled), run_in(RunState::failed, Errc::corrupt)}),
              ExitCode::damaged);
}

TEST(RestoreExit, follows_its_only_run) {
    EXPECT_EQ(exit_code_for(done), ExitCode::done);
    EXPECT_EQ(exit_code_for(run_in(RunState::partial)), ExitCode::partial);
    EXPECT_EQ(exit_code_for(run_in(RunState::failed, Errc::authentication)), ExitCode::failed);
    EXPECT_EQ(exit_code_for(run_in(RunState::cancelled)), ExitCode::failed);
    EXPECT_EQ(exit_code_for(run_in(RunState::failed, Errc::corrupt)), ExitCode::damaged);
}

std::string told_of(const Run& run) {
    RecordingChannel channel;
    Output out(channel, {}, {});
    tell_failures(out, run, "post");
    return channel.told;
}

TEST(RunFailures, are_nothing_for_a_run_that_is_done) {
    EXPECT_EQ(told_of(done), "");
}

TEST(RunFailures, name_the_account_and_give_the_hint_a_line) {
    auto run = run_in(RunState::failed, Errc::timeout);
    run.error = "the server is silent";
    run.hint = "Try again later.";
    EXPECT_EQ(told_of(run), "mailkeep: post: the server is silent\nhint: Try again later.\n");
}

TEST(RunFailures, name_every_message) {
    auto run = run_in(RunState::partial);
    run.error = "INBOX, UID 1: NO\nINBOX, UID 2: NO";
    EXPECT_EQ(told_of(run),
              "mailkeep: post: INBOX, UID 1: NO\nmailkeep: post: INBOX, UID 2: NO\n"
              "hint: Run it again later: what failed is tried anew.\n");
}

TEST(RunFailures, say_what_to_do_next_without_a_hint_of_their_own) {
    auto run = run_in(RunState::failed, Errc::refused);
    run.error = "no";
    EXPECT_EQ(
        told_of(run),
        "mailkeep: post: no\nhint: `mailkeep account test post` tells whether it works again.\n");
    run.kind = RunKind::restore;
    EXPECT_EQ(told_of(run),
              "mailkeep: post: no\nhint: Run it again: it goes on where it stopped.\n");
}

TEST(RunFailures, say_that_a_run_was_cancelled) {
    EXPECT_EQ(told_of(run_in(RunState::cancelled)).substr(0, 26), "mailkeep: post: cancelled\n");
}

TEST(RunProgress, is_a_line) {
    EXPECT_EQ(progress_text({"INBOX", 12, 40, 3'400'000}), "INBOX, 12 of 40 messages, 3.4 MB");
    EXPECT_EQ(progress_text({"", 0, 0, 0}), "0 of 0 messages, 0 B");
}

TEST(RunProgress, is_a_bar_that_never_overflows) {
    EXPECT_EQ(progress_bar({"", 12, 48, 1000}, "post: INBOX"),
              "[######------------------] 12/48 1.0 kB  post: INBOX");
    EXPECT_EQ(progress_bar({"", 0, 0, 0}, "post"), "[------------------------] 0/0 0 B  post");
    EXPECT_EQ(progress_bar({"", 9, 3, 0}, "post"), "[########################] 9/3 0 B  post");
}

}  // namespace

}  // namespace mailkeep::app
