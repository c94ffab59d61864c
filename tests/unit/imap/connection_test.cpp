// SPDX-License-Identifier: Apache-2.0
// Greeting, STARTTLS, login and what holds for every command.
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "connection.hpp"
#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using test::Script;
using testing::HasSubstr;
using testing::Not;

const Secret password("s3cret");
// "\0joe\0s3cret"
constexpr std::string_view token = "AGpvZQBzM2NyZXQ=";

/// What the action throws; a test failure when it throws nothing.
/// What greeting and login over the script come to.
Error login_error(Script& script, Security security = Security::tls) {
    return test::failure_of([&] {
        ReadSession session(script.open(), security);
        session.greet();
        session.login({"joe", password});
    });
}

void log_in(Script& script, Security security = Security::tls) {
    ReadSession session(script.open(), security);
    session.greet();
    session.login({"joe", password});
}

}  // namespace

TEST(Greeting, tells_capabilities) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 IDLE] ready");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    EXPECT_TRUE(session.capabilities().has("IDLE"));
}

TEST(Greeting, without_capabilities_makes_the_session_ask) {
    Script script(R"(
        S: * OK ready
        C: A1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IDLE
        S: A1 OK
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    EXPECT_TRUE(session.capabilities().has("IDLE"));
}

TEST(Greeting, may_log_in_by_itself) {
    Script script("S: * PREAUTH [CAPABILITY IMAP4rev1] joe");
    log_in(script);
}

TEST(Greeting, may_turn_the_connection_away) {
    Script script("S: * BYE too many connections");
    const Error error = login_error(script);
    EXPECT_EQ(error.code(), Errc::throttled);
    EXPECT_THAT(error.what(), HasSubstr("too many connections"));
}

TEST(Greeting, of_another_protocol_is_refused) {
    for (const std::string_view line : {"S: +OK POP3", "S: 220 mail ESMTP", "S: * NO go away",
                                        "S: * 3 EXISTS", "S: * BAD hello"}) {
        Script script(line);
        EXPECT_EQ(login_error(script).code(), Errc::protocol) << line;
    }
}

TEST(StartTls, is_done_before_login_and_makes_all_learnt_before_forgotten) {
    Script script(R"(
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN SASL-IR] ready
        C: A1 STARTTLS
        S: A1 OK go on
        TLS
        C: A2 CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: A2 OK
        C: A3 LOGIN "joe" "s3cret"
        S: A3 OK
        C: A4 CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: A4 OK
    )");
    log_in(script, Security::starttls);
}

TEST(StartTls, that_is_not_offered_ends_the_session_before_login) {
    Script script(R"(
        S: * OK ready
        C: A1 CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: A1 OK
    )");
    EXPECT_EQ(login_error(script, Security::starttls).code(), Errc::tls);
}

TEST(StartTls, that_is_refused_ends_the_session_before_login) {
    for (const std::string_view answer : {"S: A1 NO no", "S: A1 BAD what"}) {
        Script script(std::string(R"(
            S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready
            C: A1 STARTTLS
            )") + std::string(answer));
        EXPECT_EQ(login_error(script, Security::starttls).code(), Errc::tls) << answer;
    }
}

TEST(StartTls, does_not_take_what_came_in_the_clear_behind_the_answer) {
    Script script(R"(
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready
        C: A1 STARTTLS
        S: A1 OK go on
        S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
    )");
    EXPECT_EQ(login_error(script, Security::starttls).code(), Errc::tls);
}

TEST(StartTls, is_not_replaced_by_preauth) {
    Script script("S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] joe");
    EXPECT_EQ(login_error(script, Security::starttls).code(), Errc::tls);
}

TEST(Login, sends_plain_with_the_command_where_the_server_takes_it) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready");
    script.client("A1 AUTHENTICATE PLAIN " + std::string(token) + "\r\n")
        .server("A1 OK [CAPABILITY IMAP4rev1] in\r\n")
        .client("A2 CAPABILITY\r\n")
        .server("* CAPABILITY IMAP4rev1 UIDPLUS\r\nA2 OK\r\n");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    session.login({"joe", password});
    EXPECT_TRUE(session.capabilities().has("UIDPLUS"));
    EXPECT_FALSE(session.capabilities().has("AUTH=PLAIN"));
}

TEST(Login, waits_with_plain_where_the_server_wants_it) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready");
    script.client("A1 AUTHENTICATE PLAIN\r\n")
        .server("+\r\n")
        .client(std::string(token) + "\r\n")
        .server("* CAPABILITY IMAP4rev1\r\nA1 OK in\r\n")
        .client("A2 CAPABILITY\r\n")
        .server("* CAPABILITY IMAP4rev1\r\nA2 OK\r\n");
    log_in(script);
}

TEST(Login, does_not_answer_a_second_challenge) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready");
    script.client("A1 AUTHENTICATE PLAIN\r\n")
        .server("+ \r\n")
        .client(std::string(token) + "\r\n")
        .server("+ more\r\n")
        .client("*\r\n")
        .server("A1 BAD cancelled\r\n");
    EXPECT_EQ(login_error(script).code(), Errc::protocol);
}

TEST(Login, sends_a_password_that_cannot_be_quoted_as_a_literal) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 LITERAL+] ready");
    script.client("A1 LOGIN \"j\\\"oe\" {4}\r\n")
        .server("+ go on\r\n")
        .client("p\xC3\xA4s\r\n")
        .server("A1 OK in\r\n")
        .client("A2 CAPABILITY\r\n")
        .server("* CAPABILITY IMAP4rev1\r\nA2 OK\r\n");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    session.login({"j\"oe", Secret("p\xC3\xA4s")});
}

TEST(Login, introduces_itself_in_one_round_trip_where_the_server_has_told_that_it_may) {
    for (const std::string_view answers :
         {"* ID NIL\r\nA2 OK\r\n* CAPABILITY IMAP4rev1 ID\r\nA3 OK\r\n",
          "* CAPABILITY IMAP4rev1 ID\r\nA3 OK\r\nA2 BAD what\r\n"}) {
        Script script(R"(
            S: * OK [CAPABILITY IMAP4rev1 ID] ready
            C: A1 LOGIN "joe" "s3cret"
            S: A1 OK
            C: A2 ID ("name" "mailkeep" "version" "1")
            C: A3 CAPABILITY
        )");
        script.server(std::string(answers)).client("A4 LOGOUT\r\n").server("* BYE\r\nA4 OK\r\n");
        ReadSession session(script.open(), Security::tls);
        session.greet();
        session.login({"joe", password});
        EXPECT_TRUE(session.capabilities().has("ID"));
        session.logout();
        EXPECT_TRUE(script.is_finished()) << answers;
    }
}

TEST(Login, introduces_itself_and_does_not_mind_the_answer) {
    for (const std::string_view answer : {"OK", "NO never heard of it", "BAD what"}) {
        Script script(R"(
            S: * OK [CAPABILITY IMAP4rev1] ready
            C: A1 LOGIN "joe" "s3cret"
            S: A1 OK
            C: A2 CAPABILITY
            S: * CAPABILITY IMAP4rev1 ID
            S: A2 OK
            C: A3 ID ("name" "mailkeep" "version" "1")
            S: * ID NIL
        )");
        script.server("A3 " + std::string(answer) + "\r\n")
            .client("A4 LOGOUT\r\n")
            .server("* BYE\r\nA4 OK\r\n");
        ReadSession session(script.open(), Security::tls);
        session.greet();
        session.login({"joe", password});
        session.logout();
        EXPECT_TRUE(script.is_finished()) << answer;
    }
}

TEST(Login, that_is_refused_says_why) {
    struct Row {
        std::string_view answer;
        Errc code;
    };

    constexpr Row rows[] = {
        {"NO [AUTHENTICATIONFAILED] wrong", Errc::authentication},
        {"NO wrong", Errc::authentication},
        {"NO", Errc::authentication},
        {"NO [UNAVAILABLE] later", Errc::throttled},
        {"NO [LIMIT] later", Errc::throttled},
        {"NO [SERVERBUG] later", Errc::network},
        {"NO [PRIVACYREQUIRED] not so", Errc::tls},
        {"BAD what", Errc::protocol},
    };
    for (const auto& [answer, code] : rows) {
        Script script("S: * OK [CAPABILITY IMAP4rev1] ready");
        script.client("A1 LOGIN \"joe\" \"s3cret\"\r\n")
            .server("A1 " + std::string(answer) + "\r\n");
        EXPECT_EQ(login_error(script).code(), code) << answer;
    }
}

TEST(Login, never_shows_the_password) {
    for (const std::string& answer :
         {std::string("A1 NO joe/s3cret is wrong"), std::string("A1 BAD LOGIN \"joe\" \"s3cret\""),
          "A1 NO " + std::string(token), std::string("* BYE s3cret"), std::string("* BAD s3cret"),
          std::string("A1 NO [LIMIT] s3cret"), std::string("s3cret")}) {
        Script script("S: * OK [CAPABILITY IMAP4rev1] ready");
        script.client("A1 LOGIN \"joe\" \"s3cret\"\r\n").server(answer + "\r\n");
        const Error error = login_error(script);
        EXPECT_THAT(error.what(), Not(HasSubstr("s3cret"))) << answer;
        EXPECT_THAT(error.what(), Not(HasSubstr(std::string(token)))) << answer;
    }
}

TEST(Login, is_not_tried_where_it_is_disabled) {
    Script clear("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready");
    EXPECT_EQ(login_error(clear, Security::plaintext).code(), Errc::tls);
    Script encrypted("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready");
    EXPECT_EQ(login_error(encrypted).code(), Errc::authentication);
}

// RFC 2195 section 2, with the password and the challenge of its example
TEST(Login, answers_a_challenge_rather_than_show_the_password_without_tls) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN AUTH=CRAM-MD5] ready");
    script.client("A1 AUTHENTICATE CRAM-MD5\r\n")
        .server("+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n")
        .client("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n")
        .server("A1 OK in\r\n")
        .client("A2 CAPABILITY\r\n")
        .server("* CAPABILITY IMAP4rev1\r\nA2 OK\r\n");
    ReadSession session(script.open(), Security::plaintext);
    session.greet();
    session.login({"tim", Secret("tanstaaftanstaaf")});
}

TEST(Login, goes_on_with_the_next_way_when_one_is_turned_away_before_the_proof) {
    for (const std::string_view answer : {"NO no such thing", "BAD what", "NO [CANNOT] sorry"}) {
        Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 AUTH=PLAIN] ready");
        script.client("A1 AUTHENTICATE SCRAM-SHA-256\r\n")
            .server("A1 " + std::string(answer) + "\r\n")
            .client("A2 AUTHENTICATE PLAIN\r\n")
            .server("+ \r\n")
            .client(std::string(token) + "\r\n")
            .server("A2 OK in\r\n")
            .client("A3 CAPABILITY\r\n")
            .server("* CAPABILITY IMAP4rev1\r\nA3 OK\r\n");
        log_in(script);
    }
}

TEST(Login, is_tried_no_other_way_when_it_may_not_be_made_now) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 AUTH=PLAIN] ready");
    script.client("A1 AUTHENTICATE SCRAM-SHA-256\r\n").server("A1 NO [UNAVAILABLE] later\r\n");
    EXPECT_EQ(login_error(script).code(), Errc::throttled);
}

TEST(Login, is_tried_no_other_way_when_the_credentials_were_refused) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5 SASL-IR] ready");
    script.client("A1 AUTHENTICATE PLAIN " + std::string(token) + "\r\n").server("A1 NO wrong\r\n");
    EXPECT_EQ(login_error(script).code(), Errc::authentication);
}

TEST(Login, cancels_what_it_cannot_answer) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5] ready");
    script.client("A1 AUTHENTICATE CRAM-MD5\r\n")
        .server("+ this is no base64\r\n")
        .client("*\r\n")
        .server("A1 BAD cancelled\r\n");
    const Error error = login_error(script);
    EXPECT_EQ(error.code(), Errc::protocol);
    EXPECT_THAT(error.what(), HasSubstr("base64"));
}

TEST(Login, does_not_bear_a_server_that_goes_on_after_it_was_cancelled) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5] ready");
    script.client("A1 AUTHENTICATE CRAM-MD5\r\n")
        .server("+ ?\r\n")
        .client("*\r\n")
        .server("+ PDE+\r\n");
    EXPECT_EQ(login_error(script).code(), Errc::protocol);
}

TEST(Login, believes_no_ok_before_the_server_has_proven_itself) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256] ready");
    script.client("A1 AUTHENTICATE SCRAM-SHA-256\r\n").server("A1 OK come in\r\n");
    EXPECT_EQ(login_error(script).code(), Errc::tls);
}

// "user=joe^Aauth=Bearer s3cret^A^A"
TEST(Login, answers_the_reason_why_a_token_is_refused_with_an_empty_line) {
    const std::string response = "dXNlcj1qb2UBYXV0aD1CZWFyZXIgczNjcmV0AQE=";
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=PLAIN SASL-IR] ready");
    script.client("A1 AUTHENTICATE XOAUTH2 " + response + "\r\n")
        .server("+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n")
        .client("\r\n")
        .server("A1 NO " + response + " s3cret\r\n");
    const Error error = test::failure_of([&] {
        ReadSession session(script.open(), Security::tls);
        session.greet();
        session.login({"joe", password, Proof::token});
    });
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_STREQ(error.what(), "the mail server refused the access token (401)");
    EXPECT_THAT(error.hint(), HasSubstr("--password-file"));
}

TEST(Login, gives_a_token_to_no_server_that_takes_passwords_only) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready");
    const Error error = test::failure_of([&] {
        ReadSession session(script.open(), Security::tls);
        session.greet();
        session.login({"joe", password, Proof::token});
    });
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_THAT(error.what(), HasSubstr("takes no access token"));
}

TEST(Login, refuses_nul) {
    Script script("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    const Secret with_nul(std::string("a\0b", 3));
    EXPECT_EQ(test::failure_of([&] { session.login({"joe", with_nul}); }).code(), Errc::invalid);
}

TEST(Connection, ends_with_an_answer_to_a_command_never_sent) {
    Script script(R"(
        S: * PREAUTH [CAPABILITY IMAP4rev1] joe
        C: A1 LIST "" "*"
        S: B1 OK
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(session.list()); }).code(), Errc::protocol);
    // It is over: nothing more is said, not even LOGOUT.
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(session.list()); }).code(), Errc::network);
    session.logout();
    EXPECT_TRUE(script.is_closed_by_client());
}

TEST(Connection, ends_with_an_answer_given_twice) {
    Script script(R"(
        S: * PREAUTH [CAPABILITY IMAP4rev1] joe
        C: A1 LIST "" "*"
        S: A1 OK
        C: A2 LIST "" "*"
        S: A1 OK
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    static_cast<void>(session.list());
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(session.list()); }).code(), Errc::protocol);
}

TEST(Connection, ends_with_bye_whatever_was_asked) {
    Script script(R"(
        S: * PREAUTH [CAPABILITY IMAP4rev1] joe
        C: A1 EXAMINE INBOX
        S: * BYE shutting
        S: * BYE down
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    const Error error = test::failure_of([&] { session.examine("INBOX"); });
    EXPECT_EQ(error.code(), Errc::network);
    EXPECT_THAT(error.what(), HasSubstr("shutting"));
}

TEST(Connection, ends_when_the_server_waits_for_more_than_there_is) {
    Script script(R"(
        S: * PREAUTH [CAPABILITY IMAP4rev1] joe
        C: A1 EXAMINE INBOX
        S: + go on
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    EXPECT_EQ(test::failure_of([&] { session.examine("INBOX"); }).code(), Errc::protocol);
}

TEST(Connection, ends_after_a_command_was_not_understood) {
    Script script(R"(
        S: * PREAUTH [CAPABILITY IMAP4rev1] joe
        C: A1 EXAMINE INBOX
        S: A1 BAD Command Argument Error. 11
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    EXPECT_EQ(test::failure_of([&] { session.examine("INBOX"); }).code(), Errc::protocol);
    EXPECT_TRUE(script.is_closed_by_client());
    EXPECT_EQ(test::failure_of([&] { session.examine("INBOX"); }).code(), Errc::network);
}

TEST(Connection, ends_when_the_server_is_silent) {
    Script script("S: * PREAUTH [CAPABILITY IMAP4rev1] joe\nC: A1 EXAMINE INBOX");
    script.silence();
    ReadSession session(script.open(), Security::tls);
    session.greet();
    EXPECT_EQ(test::failure_of([&] { session.examine("INBOX"); }).code(), Errc::timeout);
    EXPECT_EQ(test::failure_of([&] { session.examine("INBOX"); }).code(), Errc::network);
}

TEST(Connection, shows_words_of_the_server_short_and_printable) {
    Script script(R"(
        S: * PREAUTH [CAPABILITY IMAP4rev1] joe
    )");
    script.client("A1 EXAMINE INBOX\r\n")
        .server("A1 NO \x1B[31m\xFF" + std::string(5000, 'x') + "\r\n");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    const std::string text = test::failure_of([&] { session.examine("INBOX"); }).what();
    EXPECT_LT(text.size(), 400U);
    EXPECT_THAT(text, HasSubstr(" [31m\xEF\xBF\xBDxxx"));
    EXPECT_THAT(text, Not(HasSubstr("\x1B")));
}

TEST(Logout, is_said_and_its_answer_awaited) {
    Script script(R"(
        S: * PREAUTH [CAPABILITY IMAP4rev1] joe
        C: A1 LOGOUT
        S: * BYE bye
        S: A1 OK
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    session.logout();
    EXPECT_TRUE(script.is_finished());
    EXPECT_TRUE(script.is_closed_by_client());
}

TEST(Logout, does_not_mind_how_the_server_goes) {
    for (const std::string_view end : {"X", "S: * BYE\nX", "S: nonsense", "S: A1 BAD"}) {
        Script script("S: * PREAUTH [CAPABILITY IMAP4rev1] joe\nC: A1 LOGOUT\n" + std::string(end));
        ReadSession session(script.open(), Security::tls);
        session.greet();
        session.logout();
        EXPECT_TRUE(script.is_closed_by_client()) << end;
    }
}

TEST(Login, ends_in_an_error_wherever_the_server_hangs_up) {
    const auto script_text = R"(
        S: * OK ready
        C: A1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 STARTTLS
        S: A1 OK
        C: A2 STARTTLS
        S: A2 OK
        TLS
        C: A3 CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: A3 OK
        C: A4 LOGIN "joe" "s3cret"
        S: A4 OK
        C: A5 CAPABILITY
        S: * CAPABILITY IMAP4rev1 ID
        S: A5 OK
        C: A6 ID ("name" "mailkeep" "version" "1")
        S: A6 OK
    )";
    const std::size_t all = Script(script_text).server_octets();
    for (std::size_t octets = 0; octets < all; ++octets) {
        Script script(script_text);
        script.cut_after(octets);
        EXPECT_EQ(login_error(script, Security::starttls).code(), Errc::network) << octets;
    }
    Script script(script_text);
    script.chunk(1);
    log_in(script, Security::starttls);
}

}  // namespace mailkeep::imap
