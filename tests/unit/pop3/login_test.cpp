// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/pop3/session.hpp"

#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace mailkeep::pop3 {
namespace {

using test::Script;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Secret password("hunter2");

Error login_failure(Script& script, const Secret& secret = password) {
    Session session(script.open(), Security::plaintext);
    session.greet();
    return test::failure_of([&] { session.login({"joe", secret}); });
}

// Greeting and encryption

TEST(Pop3Greeting, asks_for_capabilities) {
    Script script(R"(
        S: +OK POP3 server ready <1896.697170952@dbc.example>
        C: CAPA
        S: +OK Capability list follows
        S: USER
        S: SASL PLAIN
        S: .
    )");
    Session session(script.open(), Security::tls);
    session.greet();
    EXPECT_THAT(session.capabilities(), ElementsAre("SASL", "SASL PLAIN", "USER"));
}

TEST(Pop3Greeting, lives_with_a_server_without_capabilities) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: -ERR unknown command
    )");
    Session session(script.open(), Security::tls);
    session.greet();
    EXPECT_THAT(session.capabilities(), IsEmpty());
}

TEST(Pop3Greeting, reports_being_turned_away) {
    Script script("S: -ERR too many connections");
    Session session(script.open(), Security::tls);
    const Error error = test::failure_of([&] { session.greet(); });
    EXPECT_EQ(error.code(), Errc::refused);
    EXPECT_THAT(error.what(), HasSubstr("too many connections"));
}

TEST(Pop3Greeting, recognises_another_protocol) {
    Script script("S: * OK IMAP4rev1 ready");
    Session session(script.open(), Security::tls);
    EXPECT_EQ(test::failure_of([&] { session.greet(); }).code(), Errc::protocol);
}

TEST(Pop3Stls, encrypts_before_anything_is_believed) {
    Script script(R"(
        S: +OK
        C: STLS
        S: +OK begin TLS
        TLS
        C: CAPA
        S: +OK
        S: PIPELINING
        S: .
    )");
    Session session(script.open(), Security::starttls);
    session.greet();
    EXPECT_THAT(session.capabilities(), Contains("PIPELINING"));
}

TEST(Pop3Stls, gives_up_when_it_cannot_be_had) {
    Script script(R"(
        S: +OK
        C: STLS
        S: -ERR unknown command
    )");
    Session session(script.open(), Security::starttls);
    EXPECT_EQ(test::failure_of([&] { session.greet(); }).code(), Errc::tls);
}

TEST(Pop3Stls, refuses_octets_injected_behind_the_answer) {
    Script script(R"(
        S: +OK
        C: STLS
        S: +OK begin TLS
        S: +OK injected
        TLS
    )");
    script.may_be_left();
    Session session(script.open(), Security::starttls);
    EXPECT_EQ(test::failure_of([&] { session.greet(); }).code(), Errc::tls);
}

// Login

TEST(Pop3Login, prefers_auth_plain_and_asks_again_for_capabilities) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: +OK
        S: SASL PLAIN LOGIN
        S: .
        C: AUTH PLAIN AGpvZQBodW50ZXIy
        S: +OK
        C: CAPA
        S: +OK
        S: PIPELINING
        S: .
    )");
    Session session(script.open(), Security::tls);
    session.greet();
    session.login({"joe", password});
    EXPECT_THAT(session.capabilities(), ElementsAre("PIPELINING"));
}

TEST(Pop3Login, says_the_response_again_to_a_server_that_asks_for_it) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: +OK
        S: SASL PLAIN
        S: .
        C: AUTH PLAIN AGpvZQBodW50ZXIy
        S: + 
        C: AGpvZQBodW50ZXIy
        S: +OK
        C: CAPA
        S: -ERR
    )");
    Session session(script.open(), Security::tls);
    session.greet();
    session.login({"joe", password});
}

TEST(Pop3Login, sends_a_long_response_on_a_line_of_its_own) {
    const Secret token(std::string(198, 'x'));
    for (const char* go_on : {"+ \r\n", "+OK\r\n"}) {
        Script script;
        script.server("+OK\r\n").client("CAPA\r\n").server("+OK\r\nSASL PLAIN\r\n.\r\n");
        script.client("AUTH PLAIN\r\n").server(go_on);
        std::string response = "AGpvZQB4";
        for (int i = 0; i < 65; ++i) {
            response += "eHh4";
        }
        script.client(response + "eHg=\r\n").server("+OK\r\n");
        script.client("CAPA\r\n").server("-ERR\r\n");
        Session session(script.open(), Security::tls);
        session.greet();
        session.login({"joe", token});
    }
}

TEST(Pop3Login, falls_back_to_user_and_pass) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: -ERR
        C: USER joe
        S: +OK
        C: PASS hunter2
        S: +OK
        C: CAPA
        S: -ERR
    )");
    Session session(script.open(), Security::tls);
    session.greet();
    session.login({"joe", password});
}

TEST(Pop3Login, tells_a_wrong_password_without_the_password) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: -ERR
        C: USER joe
        S: +OK
        C: PASS hunter2
        S: -ERR cannot understand "PASS hunter2", hunter2!
    )");
    const Error error = login_failure(script);
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_THAT(error.what(), HasSubstr("cannot understand"));
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(error.hint(), Not(HasSubstr("hunter2")));
}

TEST(Pop3Login, tells_a_wrong_password_without_the_response) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: +OK
        S: SASL PLAIN
        S: .
        C: AUTH PLAIN AGpvZQBodW50ZXIy
        S: -ERR [AUTH] AGpvZQBodW50ZXIy is wrong
    )");
    const Error error = login_failure(script);
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_THAT(error.what(), Not(HasSubstr("AGpvZQ")));
}

TEST(Pop3Login, hides_a_password_that_would_be_clipped) {
    const std::string filler(295, '.');
    Script script;
    script.server("+OK\r\n").client("CAPA\r\n").server("-ERR\r\n").client("USER joe\r\n");
    script.server("+OK\r\n").client("PASS hunter2\r\n").server("-ERR " + filler + "hunter2\r\n");
    EXPECT_THAT(login_failure(script).what(), Not(HasSubstr("hunt")));
}

TEST(Pop3Login, takes_a_locked_maildrop_for_a_matter_of_time) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: -ERR
        C: USER joe
        S: +OK
        C: PASS hunter2
        S: -ERR [IN-USE] maildrop locked
    )");
    EXPECT_EQ(login_failure(script).code(), Errc::refused);
}

TEST(Pop3Login, sends_no_line_end_within_a_password) {
    Script script(R"(
        S: +OK
        C: CAPA
        S: -ERR
    )");
    EXPECT_EQ(login_failure(script, Secret("a\r\nDELE 1")).code(), Errc::invalid);
}

// RFC 2195 section 2
TEST(Pop3Login, answers_a_challenge_rather_than_show_the_password_without_tls) {
    for (const char* go_on : {"+ ", "+OK "}) {
        Script script;
        script.server("+OK\r\n").client("CAPA\r\n").server("+OK\r\nSASL PLAIN CRAM-MD5\r\n.\r\n");
        script.client("AUTH CRAM-MD5\r\n")
            .server(go_on)
            .server("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n")
            .client("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n")
            .server("+OK\r\n")
            .client("CAPA\r\n")
            .server("-ERR\r\n");
        Session session(script.open(), Security::plaintext);
        session.greet();
        session.login({"tim", Secret("tanstaaftanstaaf")});
    }
}

TEST(Pop3Login, goes_on_with_the_next_way_when_one_is_turned_away_before_the_proof) {
    Script script;
    script.server("+OK\r\n").client("CAPA\r\n").server("+OK\r\nSASL CRAM-MD5\r\n.\r\n");
    script.client("AUTH CRAM-MD5\r\n").server("-ERR not today\r\n");
    script.client("USER joe\r\n").server("+OK\r\n").client("PASS hunter2\r\n").server("+OK\r\n");
    script.client("CAPA\r\n").server("-ERR\r\n");
    Session session(script.open(), Security::plaintext);
    session.greet();
    session.login({"joe", password});
}

TEST(Pop3Login, cancels_what_it_cannot_answer) {
    Script script;
    script.server("+OK\r\n").client("CAPA\r\n").server("+OK\r\nSASL XOAUTH2\r\n.\r\n");
    script.client("AUTH XOAUTH2 dXNlcj1qb2UBYXV0aD1CZWFyZXIgaHVudGVyMgEB\r\n");
    script.server("+ e30=\r\n").client("\r\n").server("+ e30=\r\n");
    script.client("*\r\n").server("-ERR\r\n");
    Session session(script.open(), Security::plaintext);
    session.greet();
    const Error error = test::failure_of([&] { session.login({"joe", password, Proof::token}); });
    EXPECT_EQ(error.code(), Errc::protocol);
}

TEST(Pop3Login, tells_why_a_token_is_refused_without_the_token) {
    Script script;
    script.server("+OK\r\n").client("CAPA\r\n").server("+OK\r\nSASL PLAIN XOAUTH2\r\n.\r\n");
    script.client("AUTH XOAUTH2 dXNlcj1qb2UBYXV0aD1CZWFyZXIgaHVudGVyMgEB\r\n")
        .server("+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n")
        .client("\r\n")
        .server("-ERR [AUTH] hunter2 is no good\r\n");
    Session session(script.open(), Security::tls);
    session.greet();
    const Error error = test::failure_of([&] { session.login({"joe", password, Proof::token}); });
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_STREQ(error.what(), "the mail server refused the access token (401): *** is no good");
}

// RFC 1939 section 7
TEST(Pop3Apop, gives_the_published_digest) {
    Script script(R"(
        S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
        C: CAPA
        S: +OK
        S: SASL PLAIN
        S: .
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
        S: +OK maildrop has 1 message (369 octets)
        C: CAPA
        S: -ERR
    )");
    Session session(script.open(), Security::tls);
    session.greet();
    session.login({"mrose", Secret("tanstaaf"), Proof::apop});
}

TEST(Pop3Apop, is_not_believed_without_a_time_stamp) {
    for (const char* greeting : {"+OK ready", "+OK <ready>", "+OK >ready@here<"}) {
        Script script;
        script.server(std::string(greeting) + "\r\n").client("CAPA\r\n").server("-ERR\r\n");
        Session session(script.open(), Security::tls);
        session.greet();
        const Error error = test::failure_of([&] {
            session.login({"joe", password, Proof::apop});
        });
        EXPECT_EQ(error.code(), Errc::authentication) << greeting;
    }
}

TEST(Pop3Apop, takes_no_challenge_that_came_before_tls) {
    Script script(R"(
        S: +OK <1896.697170952@dbc.mtview.ca.us>
        C: STLS
        S: +OK
        TLS
        C: CAPA
        S: -ERR
    )");
    Session session(script.open(), Security::starttls);
    session.greet();
    EXPECT_EQ(test::failure_of([&] {
                  session.login({"joe", password, Proof::apop});
              }).code(),
              Errc::tls);
}

}  // namespace
}  // namespace mailkeep::pop3
