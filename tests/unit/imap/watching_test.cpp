// SPDX-License-Identifier: Apache-2.0
// How changes are heard of: IDLE, NOTIFY, NOOP.
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"

#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using namespace std::chrono_literals;
using test::failure_of;
using test::Script;

constexpr std::string_view watching_greeting =
    "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE NOTIFY] joe\n";
constexpr std::string_view examined = R"(
    C: A1 EXAMINE INBOX
    S: * 3 EXISTS
    S: * OK [UIDVALIDITY 7] ok
    S: A1 OK done
)";

std::string following(std::string_view lines) {
    return std::string(watching_greeting).append(examined).append(lines);
}

ReadSession greeted_watcher(Script& script) {
    ReadSession session(script.open(), Security::tls);
    session.greet();
    return session;
}

ReadSession with_inbox_open(Script& script) {
    auto session = greeted_watcher(script);
    static_cast<void>(session.examine("INBOX"));
    return session;
}

}  // namespace

TEST(Idle, tells_of_a_message_and_ends_before_more_is_said) {
    Script script(following(R"(
        C: A2 IDLE
        S: + idling
        S: * 4 EXISTS
        C: DONE
        S: A2 OK done
    )"));
    EXPECT_EQ(with_inbox_open(script).idle(5min), Told::change);
}

TEST(Idle, hears_what_is_said_before_the_continuation_and_after_done) {
    Script before(following(R"(
        C: A2 IDLE
        S: * 2 EXPUNGE
        S: +
        C: DONE
        S: A2 OK done
    )"));
    EXPECT_EQ(with_inbox_open(before).idle(5min), Told::change);
    Script after(following(R"(
        C: A2 IDLE
        S: + idling
        C: DONE
        S: * 1 FETCH (FLAGS (\Seen))
        S: A2 OK done
    )"));
    EXPECT_EQ(with_inbox_open(after).idle(5min), Told::change);
}

TEST(Idle, takes_no_repeated_number_and_no_sign_of_life_for_a_change) {
    Script script(following(R"(
        C: A2 IDLE
        S: + idling
        S: * OK Still here
        S: * 3 EXISTS
        S: * 0 RECENT
        C: DONE
        S: A2 OK done
    )"));
    EXPECT_EQ(with_inbox_open(script).idle(5min), Told::nothing);
}

TEST(Idle, counts_what_was_removed_when_it_compares_numbers) {
    Script script(following(R"(
        C: A2 IDLE
        S: + idling
        S: * 1 EXPUNGE
        C: DONE
        S: A2 OK done
        C: A3 IDLE
        S: + idling
        S: * 3 EXISTS
        C: DONE
        S: A3 OK done
    )"));
    auto session = with_inbox_open(script);
    EXPECT_EQ(session.idle(5min), Told::change);
    EXPECT_EQ(session.idle(5min), Told::change);
}

TEST(Idle, is_begun_anew_after_silence) {
    Script script(following(R"(
        C: A2 IDLE
        S: + idling
        C: DONE
        S: A2 OK done
        C: A3 IDLE
        S: + idling
        S: * VANISHED 5:6
        C: DONE
        S: A3 OK done
    )"));
    auto session = with_inbox_open(script);
    EXPECT_EQ(session.idle(5min), Told::nothing);
    EXPECT_EQ(session.idle(5min), Told::change);
}

TEST(Idle, may_be_refused_and_the_session_goes_on) {
    Script script(following(R"(
        C: A2 IDLE
        S: A2 NO not here
        C: A3 IDLE
        S: A3 BAD what
        C: A4 NOOP
        S: * 4 EXISTS
        S: A4 OK done
    )"));
    auto session = with_inbox_open(script);
    EXPECT_EQ(session.idle(5min), Told::refused);
    EXPECT_EQ(session.idle(5min), Told::refused);
    EXPECT_EQ(session.poll(), Told::change);
}

TEST(Idle, ends_with_the_session_at_a_bye) {
    Script script(following(R"(
        C: A2 IDLE
        S: + idling
        S: * BYE too long
        X
    )"));
    auto session = with_inbox_open(script);
    EXPECT_EQ(failure_of([&] { static_cast<void>(session.idle(5min)); }).code(), Errc::network);
}

TEST(Idle, finds_a_line_dead_that_answers_done_with_silence) {
    Script script(following(R"(
        C: A2 IDLE
        S: + idling
        C: DONE
    )"));
    script.silence();
    auto session = with_inbox_open(script);
    EXPECT_EQ(failure_of([&] { static_cast<void>(session.idle(5min)); }).code(), Errc::timeout);
}

TEST(Idle, ends_in_an_error_wherever_the_line_is_cut) {
    const auto lines = following(R"(
        C: A2 IDLE
        S: + idling
        S: * 4 EXISTS
        C: DONE
        S: A2 OK done
    )");
    const auto octets = Script(lines).server_octets();
    for (std::size_t cut = 0; cut < octets; ++cut) {
        Script script(lines);
        script.cut_after(cut);
        const auto failure = failure_of([&] {
            auto session = with_inbox_open(script);
            static_cast<void>(session.idle(5min));
        });
        EXPECT_EQ(failure.code(), Errc::network) << "cut after " << cut << ": " << failure.what();
    }
}

TEST(Notify, asks_for_several_mailboxes_in_one_command) {
    Script script(std::string(watching_greeting) + R"(
        C: A1 NOTIFY SET (mailboxes ("INBOX" "Sent \"x\"") (MessageNew MessageExpunge FlagChange))
        S: A1 OK done
        S: * STATUS INBOX (MESSAGES 2)
    )");
    auto session = greeted_watcher(script);
    EXPECT_TRUE(session.can_notify());
    EXPECT_TRUE(session.notify({"INBOX", "Sent \"x\""}));
    EXPECT_EQ(session.await_notice(5min), Told::change);
}

TEST(Notify, asks_for_all_mailboxes_where_dovecot_would_not_know_a_name) {
    Script script(std::string(watching_greeting) + R"(
        C: A1 NOTIFY SET (personal (MessageNew MessageExpunge FlagChange))
        S: A1 OK done
    )");
    script.server("* STATUS {9}\r\nEntw\xC3\xBCrfe (MESSAGES 2 UIDNEXT 3)\r\n");
    auto session = greeted_watcher(script);
    ASSERT_TRUE(session.notify({"INBOX", "Entwürfe"}));
    EXPECT_EQ(session.await_notice(5min), Told::change);
}

TEST(Notify, may_be_refused) {
    Script script(std::string(watching_greeting) + R"(
        C: A1 NOTIFY SET (mailboxes ("INBOX") (MessageNew MessageExpunge FlagChange))
        S: A1 NO [BADEVENT (MessageNew)] not these
    )");
    EXPECT_FALSE(greeted_watcher(script).notify({"INBOX"}));
}

TEST(Notify, hears_when_the_server_will_tell_no_more) {
    Script script(std::string(watching_greeting) + R"(
        C: A1 NOTIFY SET (mailboxes ("INBOX") (MessageNew MessageExpunge FlagChange))
        S: A1 OK done
        S: * OK [NOTIFICATIONOVERFLOW] too much
    )");
    auto session = greeted_watcher(script);
    ASSERT_TRUE(session.notify({"INBOX"}));
    EXPECT_EQ(session.await_notice(5min), Told::refused);
}

}  // namespace mailkeep::imap
