// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/net/sasl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::net {

namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string plain_text(const std::optional<Secret>& line) {
    return line ? from_base64(line->reveal()).value_or("(no base64)") : "(no answer)";
}

std::string answer_to(SaslClient& client, std::string_view challenge) {
    return plain_text(client.answer(to_base64(challenge)));
}

/// RFC 5802 section 5.
struct Sha1Example {
    SaslClient client{
        SaslMechanism::scram_sha_1, {"user", Secret("pencil")}, {}, "fyko+d2lbbFgONRv9qkxdawL"};
    std::string server_first =
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
};

/// What the client says of a server's first message; "(no answer)" when it gives up.
std::string first_fault(std::string_view server_first) {
    Sha1Example example;
    static_cast<void>(example.client.initial_response());
    EXPECT_EQ(answer_to(example.client, server_first), "(no answer)") << server_first;
    EXPECT_FALSE(example.client.has_proven()) << server_first;
    return example.client.fault()->what();
}

/// What the client says of a server's last message, the first having been right.
std::string last_fault(std::string_view server_final) {
    Sha1Example example;
    static_cast<void>(example.client.initial_response());
    static_cast<void>(answer_to(example.client, example.server_first));
    EXPECT_TRUE(example.client.has_proven());
    EXPECT_EQ(answer_to(example.client, server_final), "(no answer)") << server_final;
    EXPECT_FALSE(example.client.is_complete()) << server_final;
    const Error& fault = *example.client.fault();
    return std::string(name_of(fault.code())) + ": " + fault.what();
}

}  // namespace

// RFC 4616 section 4
TEST(SaslPlain, gives_the_published_message) {
    SaslClient client(SaslMechanism::plain, {"tim", Secret("tanstaaftanstaaf")});
    EXPECT_FALSE(client.has_proven());
    EXPECT_EQ(plain_text(client.initial_response()), std::string("\0tim\0tanstaaftanstaaf", 21));
    EXPECT_TRUE(client.has_proven());
    EXPECT_TRUE(client.is_complete());
}

TEST(SaslPlain, is_said_once_more_for_a_server_that_asks_and_not_a_third_time) {
    SaslClient client(SaslMechanism::plain, {"tim", Secret("x")});
    const auto first = client.initial_response();
    EXPECT_EQ(client.answer("go ahead")->reveal(), first->reveal());
    EXPECT_FALSE(client.answer(""));
    EXPECT_THAT(client.fault()->what(), HasSubstr("more than PLAIN can tell"));
}

// RFC 2195 section 2
TEST(SaslPlain, is_said_once_to_a_server_that_waited_for_it) {
    SaslClient client(SaslMechanism::plain, {"tim", Secret("x")});
    EXPECT_TRUE(client.answer("go ahead"));
    EXPECT_FALSE(client.answer("go ahead"));
}

TEST(SaslCramMd5, gives_the_published_message_to_a_server_that_speaks_first) {
    SaslClient client(SaslMechanism::cram_md5, {"tim", Secret("tanstaaftanstaaf")});
    EXPECT_FALSE(client.initial_response());
    EXPECT_FALSE(client.is_complete());
    EXPECT_EQ(client.answer("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+")->reveal(),
              "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
    EXPECT_TRUE(client.is_complete());
    EXPECT_FALSE(client.answer("PDE+"));
}

TEST(SaslScram, gives_the_published_messages_with_sha_1) {
    Sha1Example example;
    EXPECT_EQ(plain_text(example.client.initial_response()),
              "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    EXPECT_EQ(answer_to(example.client, example.server_first),
              "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
              "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    EXPECT_FALSE(example.client.is_complete());
    EXPECT_EQ(answer_to(example.client, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), "");
    EXPECT_TRUE(example.client.is_complete());
    EXPECT_EQ(answer_to(example.client, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), "(no answer)");
}

// RFC 7677 section 3
TEST(SaslScram, gives_the_published_messages_with_sha_256) {
    SaslClient client(SaslMechanism::scram_sha_256, {"user", Secret("pencil")}, {},
                      "rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(plain_text(client.answer("")), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(answer_to(client,
                        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
              "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
              "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_EQ(answer_to(client, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), "");
    EXPECT_TRUE(client.is_complete());
}

TEST(SaslScram, binds_the_channel_in_both_messages) {
    SaslClient client(SaslMechanism::scram_sha_256_plus, {"user", Secret("pencil")},
                      {SaslBinding::Kind::bound, {"tls-exporter", "exported"}}, "nonce");
    EXPECT_EQ(plain_text(client.initial_response()), "p=tls-exporter,,n=user,r=nonce");
    EXPECT_THAT(answer_to(client, "r=nonce+,s=QSXCR+Q6sek8bf92,i=1"),
                HasSubstr("c=" + to_base64("p=tls-exporter,,exported") + ","));
}

TEST(SaslScram, tells_the_server_that_no_binding_was_offered) {
    SaslClient client(SaslMechanism::scram_sha_1, {"user", Secret("pencil")},
                      {SaslBinding::Kind::not_offered, {}}, "nonce");
    EXPECT_EQ(plain_text(client.initial_response()), "y,,n=user,r=nonce");
    EXPECT_THAT(answer_to(client, "r=nonce+,s=QSXCR+Q6sek8bf92,i=1"), HasSubstr("c=eSws,"));
}

TEST(SaslScram, keeps_what_divides_out_of_the_user_name) {
    SaslClient client(SaslMechanism::scram_sha_1, {"a=b,c", Secret("x")}, {}, "nonce");
    EXPECT_EQ(plain_text(client.initial_response()), "n,,n=a=3Db=2Cc,r=nonce");
}

TEST(SaslScram, proves_nothing_to_a_server_whose_first_message_is_not_right) {
    EXPECT_THAT(first_fault("r=someone-else,s=QSXCR+Q6sek8bf92,i=1"), HasSubstr("another login"));
    EXPECT_THAT(first_fault("r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=1"),
                HasSubstr("another login"));
    EXPECT_THAT(first_fault("r=fyko+d2lbbFgONRv9qkxdawL3,s=QSXCR+Q6sek8bf92,i=1000001"),
                HasSubstr("too much computing"));
    EXPECT_THAT(first_fault("e=no-resources"), HasSubstr("no-resources"));
    EXPECT_THAT(first_fault("e=Your password is pencil"), HasSubstr("other-error"));
}

TEST(SaslScram, proves_nothing_to_a_server_whose_first_message_is_malformed) {
    const std::string nonce = "r=fyko+d2lbbFgONRv9qkxdawL3";
    for (const std::string& message :
         {std::string(), nonce, nonce + ",s=QSXCR+Q6sek8bf92", nonce + ",s=,i=1",
          nonce + ",s=not base64,i=1", nonce + ",s=QSXCR+Q6sek8bf92,i=0",
          nonce + ",s=QSXCR+Q6sek8bf92,i=-1", nonce + ",s=QSXCR+Q6sek8bf92,i=99999999999999999999",
          "m=must," + nonce + ",s=QSXC,i=1", "s=QSXCR+Q6sek8bf92,i=1," + nonce}) {
        Sha1Example example;
        static_cast<void>(example.client.initial_response());
        static_cast<void>(example.client.answer(""));  // once more, as servers may
        EXPECT_EQ(answer_to(example.client, message), "(no answer)") << message;
        EXPECT_EQ(example.client.fault()->code(), Errc::protocol) << message;
        EXPECT_FALSE(example.client.has_proven()) << message;
    }
}

TEST(SaslScram, believes_no_server_that_does_not_know_the_password) {
    const std::string unknown = "tls: the mail server does not know the password that it asks for";
    EXPECT_EQ(last_fault("v=smF9pqV8S7suAoZWja4dJRkFsKQ="), unknown);
    EXPECT_EQ(last_fault("v="), unknown);
    EXPECT_EQ(last_fault("v=rmF9pqV8S7suAoZWja4dJRkFsKQ"), unknown);
    EXPECT_EQ(last_fault(""), unknown);
}

TEST(SaslScram, tells_a_wrong_password_from_a_binding_that_somebody_broke) {
    EXPECT_THAT(last_fault("e=invalid-proof"), StartsWith("authentication: "));
    EXPECT_THAT(last_fault("e=channel-bindings-dont-match"), StartsWith("tls: "));
}

TEST(SaslScram, takes_a_new_nonce_for_every_login) {
    EXPECT_NE(new_sasl_nonce(), new_sasl_nonce());
    EXPECT_EQ(from_base64(new_sasl_nonce())->size(), 18U);
}

TEST(Sasl, takes_strict_base64_of_bounded_length_only) {
    for (const std::string& line :
         {std::string("PDE"), std::string(" PDE+"), std::string("PDE-"), std::string("=PDE"),
          std::string("PDE+\r\n"), to_base64(std::string(10'000, 'x'))}) {
        SaslClient client(SaslMechanism::cram_md5, {"tim", Secret("x")});
        EXPECT_FALSE(client.answer(line)) << line;
        EXPECT_FALSE(client.has_proven()) << line;
    }
}

// RFC 7628 section 4.1
TEST(SaslOauthbearer, gives_the_published_messages) {
    SaslClient client(SaslMechanism::oauthbearer,
                      {"user@example.com", Secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="),
                       Proof::token, "server.example.com", 143});
    EXPECT_EQ(client.initial_response()->reveal(),
              "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1"
              "dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
    EXPECT_EQ(client
                  .answer("eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwi"
                          "b3BlbmlkLWNvbmZpZ3VyYXRpb24iOiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtu"
                          "b3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0=")
                  ->reveal(),
              "AQ==");
    EXPECT_EQ(client.refusal(), "invalid_token");
    EXPECT_FALSE(client.answer("e30="));
}

// https://developers.google.com/gmail/imap/xoauth2-protocol
TEST(SaslXoauth2, gives_the_published_messages) {
    SaslClient client(SaslMechanism::xoauth2,
                      {"someuser@example.com",
                       Secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"), Proof::token});
    EXPECT_EQ(client.initial_response()->reveal(),
              "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52"
              "YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
    EXPECT_EQ(client.answer(to_base64(R"({"status":"401","schemes":"bearer"})"))->reveal(), "");
    EXPECT_EQ(client.refusal(), "401");
}

TEST(SaslXoauth2, repeats_nothing_of_a_refusal_that_is_not_a_status) {
    for (const std::string_view json : {R"({"status":"token ya29 is bad"})", R"({"status":"ya29)",
                                        "{}", "status", R"({"status":401})", R"({"status")",
                                        R"({"status":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})"}) {
        SaslClient client(SaslMechanism::xoauth2, {"joe", Secret("ya29"), Proof::token});
        static_cast<void>(client.initial_response());
        ASSERT_TRUE(client.answer(to_base64(json)));
        EXPECT_THAT(client.refusal(), "") << json;
    }
}

}  // namespace mailkeep::net
