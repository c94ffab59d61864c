// SPDX-License-Identifier: Apache-2.0
// Which text goes where, and which error ends with which code.
#include "failure.hpp"
#include "output.hpp"
#include "recording_channel.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace mailkeep::app {

namespace {

constexpr Style json{Form::json, Verbosity::normal};
constexpr Style quiet{Form::text, Verbosity::quiet};
constexpr Screen terminal{true, false, 10};

TEST(Output, is_text_on_standard_output_for_people) {
    RecordingChannel channel;
    Output out(channel, {}, {});
    out.say("result");
    out.note("by the way");
    out.result("{}");
    EXPECT_EQ(channel.said, "result\n");
    EXPECT_EQ(channel.told, "by the way\n");
}

TEST(Output, is_nothing_but_json_on_standard_output_for_programs) {
    RecordingChannel channel;
    Output out(channel, json, {});
    out.say("result");
    out.result(R"({"a":1})");
    EXPECT_EQ(channel.said, "{\"a\":1}\n");
    EXPECT_EQ(channel.told, "result\n");
}

TEST(Output, is_quiet_but_for_results_and_errors) {
    RecordingChannel channel;
    Output out(channel, quiet, {});
    out.say("result");
    out.note("by the way");
    out.complain("broken");
    EXPECT_EQ(channel.said, "result\n");
    EXPECT_EQ(channel.told, "mailkeep: broken\n");
}

TEST(Output, tells_an_error_in_a_sentence_and_a_hint) {
    RecordingChannel channel;
    Output out(channel, {}, {});
    EXPECT_EQ(out.fail(Error(Errc::not_found, "no \x1b[31mred\nthing", "Look elsewhere.")),
              ExitCode::failed);
    EXPECT_EQ(channel.told, "mailkeep: no \\x1B[31mred thing\nhint: Look elsewhere.\n");
    EXPECT_EQ(channel.said, "");
}

TEST(Output, ends_with_the_error_as_json) {
    RecordingChannel channel;
    Output out(channel, json, {});
    out.fail(Error(Errc::conflict, "there is one", ""));
    EXPECT_EQ(channel.told,
              "mailkeep: there is one\nhint: `mailkeep status` tells what there is.\n");
    EXPECT_NE(channel.said.find("\"conflict\""), std::string::npos);
    EXPECT_EQ(channel.said.back(), '\n');
}

TEST(Output, draws_a_bar_on_a_terminal_and_takes_it_away) {
    RecordingChannel channel;
    Output out(channel, {}, terminal);
    out.show_bar("0123456789");
    EXPECT_EQ(channel.told, "\r\x1b[K012345678");
    channel.told.clear();
    out.say("result");
    EXPECT_EQ(channel.told, "\r\x1b[K");
    out.note("by the way");
    EXPECT_EQ(channel.told, "\r\x1b[Kby the way\n");
}

TEST(Output, draws_no_bar_elsewhere) {
    RecordingChannel channel;
    Output(channel, {}, {}).show_bar("bar");
    Output(channel, quiet, terminal).show_bar("bar");
    EXPECT_EQ(channel.told, "");
}

TEST(Output, has_the_exit_codes_of_the_contract) {
    EXPECT_EQ(exit_code_for(Errc::invalid), ExitCode::usage);
    EXPECT_EQ(exit_code_for(Errc::corrupt), ExitCode::damaged);
    EXPECT_EQ(exit_code_for(Errc::in_use), ExitCode::in_use);
    for (const auto code : {Errc::refused, Errc::network, Errc::timeout, Errc::protocol, Errc::tls,
                            Errc::authentication, Errc::storage, Errc::not_found, Errc::conflict,
                            Errc::cancelled, Errc::internal}) {
        EXPECT_EQ(exit_code_for(code), ExitCode::failed) << name_of(code);
    }
}

TEST(Failure, is_nothing_when_all_went_well) {
    EXPECT_FALSE(app::failure_of([] {}).has_value());
}

TEST(Failure, is_the_error_that_was_thrown) {
    const auto failure = app::failure_of([] { throw Error(Errc::tls, "expired", "Renew it."); });
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code(), Errc::tls);
    EXPECT_EQ(failure->hint(), "Renew it.");
}

TEST(Failure, of_a_stranger_is_a_fault_of_ours) {
    const auto failure = app::failure_of([] { throw std::out_of_range("far out"); });
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code(), Errc::internal);
    EXPECT_STREQ(failure->what(), "far out");
}

}  // namespace

}  // namespace mailkeep::app
