// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "raw_fetch.hpp"
#include "support/scripted_stream.hpp"
#include "throttling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using namespace std::chrono_literals;
using test::Script;
using testing::HasSubstr;

/// What ends a session in which one message was asked for and this was said instead.
Error fetch_error(std::string_view said) {
    Script script(
        "S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n"
        "C: A1 UID FETCH 7 (FLAGS INTERNALDATE BODY.PEEK[])\nS: " +
        std::string(said) + "\n");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    const std::vector<UidFlags> wanted{{7, {}, 10}};
    try {
        const auto missing = session.fetch_raw(wanted, {}, [](FetchedMessage&&) {});
        return {Errc::refused, missing.at(0).reason};
    } catch (const Error& error) {
        return error;
    }
}

}  // namespace

TEST(WantsPause, by_the_words_of_servers_people_recorded) {
    for (const std::string_view text :
         {"Request is throttled. Suggested Backoff Time: 299961 milliseconds",
          "User is authenticated but not connected.",
          "Account exceeded command or bandwidth limits. (Failure)",
          "Too many simultaneous connections. (Failure)",
          "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
          "FETCH Rate limit hit."}) {
        EXPECT_TRUE(wants_pause("UID FETCH", "", text)) << text;
        EXPECT_TRUE(wants_pause("", "ALERT", text)) << text;
        EXPECT_FALSE(is_doubtful_pause("UNAVAILABLE", text)) << text;
    }
    EXPECT_FALSE(wants_pause("UID FETCH", "SERVERBUG", "Server error while fetching messages"));
    EXPECT_FALSE(wants_pause("EXAMINE", "", "no such mailbox"));
}

TEST(WantsPause, by_a_code_that_means_the_account_and_not_one_mailbox) {
    for (const std::string_view code : {"THROTTLED", "LIMIT", "OVERQUOTA"}) {
        EXPECT_TRUE(wants_pause("UID FETCH", code, "later")) << code;
        EXPECT_TRUE(wants_pause("EXAMINE", code, "later")) << code;
        EXPECT_TRUE(wants_pause("LOGIN", code, "later")) << code;
        EXPECT_EQ(wants_pause("APPEND", code, "full"), code == "THROTTLED") << code;
        EXPECT_EQ(wants_pause("CREATE", code, "full"), code == "THROTTLED") << code;
    }
    for (const std::string_view code : {"UNAVAILABLE", "INUSE"}) {
        EXPECT_TRUE(wants_pause("UID FETCH", code, "later")) << code;
        EXPECT_TRUE(wants_pause("AUTHENTICATE", code, "later")) << code;
        EXPECT_TRUE(wants_pause("", code, "later")) << code;
        EXPECT_FALSE(wants_pause("EXAMINE", code, "locked")) << code;
        EXPECT_TRUE(is_doubtful_pause(code, "later")) << code;
    }
    EXPECT_FALSE(is_doubtful_pause("LIMIT", "later"));
}

TEST(WantsPause, is_never_meant_by_a_refused_password) {
    EXPECT_FALSE(wants_pause("LOGIN", "AUTHENTICATIONFAILED", "too many connections"));
}

TEST(PauseTold, is_a_number_and_a_unit_behind_words_that_announce_it) {
    EXPECT_EQ(pause_told("Request is throttled. Suggested Backoff Time: 299961 milliseconds"),
              299961ms);
    EXPECT_EQ(pause_told("Please try again in 5 minutes"), 5min);
    EXPECT_EQ(pause_told("slow down, retry after 30 SECONDS."), 30s);
    EXPECT_EQ(pause_told("again in 24hours"), 24h);
    EXPECT_EQ(pause_told("again in 90 ms"), 90ms);
    for (const std::string_view nothing :
         {"", "later", "backoff time", "backoff time: 7", "backoff time: 7 fortnights",
          "60 seconds", "again in 99999999999 ms", "again in 99999999999999999999 ms"}) {
        EXPECT_EQ(pause_told(nothing), 0ms) << nothing;
    }
}

TEST(Throttling, ends_a_session_and_tells_how_long_and_why) {
    const Error error =
        fetch_error("A1 BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds");
    EXPECT_EQ(error.code(), Errc::throttled);
    EXPECT_EQ(error.pause(), 1500ms);
    EXPECT_THAT(error.what(), HasSubstr("Request is throttled"));
    EXPECT_EQ(error.at("mailbox X").pause(), 1500ms);
}

TEST(Throttling, may_come_as_an_answer_a_farewell_or_a_complaint) {
    for (const std::string_view said :
         {"A1 NO [THROTTLED] later", "A1 NO [LIMIT] FETCH Rate limit hit", "A1 NO [OVERQUOTA] x",
          "A1 NO [UNAVAILABLE] x", "* BYE [UNAVAILABLE] x",
          "* BYE Account exceeded bandwidth limits", "* BAD Request is throttled"}) {
        EXPECT_EQ(fetch_error(said).code(), Errc::throttled) << said;
    }
    EXPECT_EQ(fetch_error("A1 NO [SERVERBUG] x").code(), Errc::refused);
    EXPECT_EQ(fetch_error("* BYE see you").code(), Errc::network);
    EXPECT_EQ(fetch_error("A1 BAD x").code(), Errc::protocol);
}

TEST(Throttling, may_end_a_session_before_it_begins) {
    Script script("S: * BYE Too many connections\n");
    ReadSession session(script.open(), Security::tls);
    try {
        session.greet();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::throttled);
    }
}

TEST(Throttling, is_no_reason_any_more_for_one_message_once_insisted) {
    Script script(
        "S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n"
        "C: A1 UID FETCH 7 (FLAGS INTERNALDATE BODY.PEEK[])\n"
        "S: A1 NO [UNAVAILABLE] cannot read it\n");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    session.insist();
    const std::vector<UidFlags> wanted{{7, {}, 10}};
    const auto missing = session.fetch_raw(wanted, {}, [](FetchedMessage&&) {});
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_THAT(missing[0].reason, HasSubstr("cannot read it"));
}

TEST(Throttling, is_a_reason_for_all_messages_even_when_insisted) {
    Script script(
        "S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n"
        "C: A1 UID FETCH 7 (FLAGS INTERNALDATE BODY.PEEK[])\n"
        "S: A1 NO [LIMIT] rate limit hit\n");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    session.insist();
    const std::vector<UidFlags> wanted{{7, {}, 10}};
    EXPECT_THROW(static_cast<void>(session.fetch_raw(wanted, {}, [](FetchedMessage&&) {})), Error);
}

}  // namespace mailkeep::imap
