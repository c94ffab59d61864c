// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "support/failure_of.hpp"
#include "tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::service {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const Timestamp some_time = from_unix_ms(1'767'225'600'000);

Tokens tokens_of(const std::string& text) {
    return tokens_from_text(Secret(text), some_time);
}

Error renewal_failure(int status, std::string_view answer) {
    return test::failure_of(
        [&] { static_cast<void>(renewed(tokens_of("r1"), status, answer, some_time)); });
}

}  // namespace

TEST(Tokens, are_a_refresh_token_alone) {
    const auto tokens = tokens_of(" 1//refresh-token\n");
    EXPECT_EQ(tokens.refresh.reveal(), "1//refresh-token");
    EXPECT_TRUE(is_due(tokens, some_time));
}

TEST(Tokens, are_what_an_authority_answers) {
    const auto tokens = tokens_of(
        R"({"refresh_token":"r","access_token":"a","expires_in":3600,"client_secret":"s","x":[1]})");
    EXPECT_EQ(tokens.refresh.reveal(), "r");
    EXPECT_EQ(tokens.access.reveal(), "a");
    EXPECT_EQ(tokens.client_secret.reveal(), "s");
    EXPECT_EQ(tokens.expires, some_time + 3600s);
    EXPECT_EQ(tokens_of(R"({"access_token":"a","expires_in":"60"})").expires, some_time + 60s);
    EXPECT_FALSE(tokens_of(R"({"access_token":"a"})").expires);
}

TEST(Tokens, come_back_from_how_they_are_kept) {
    const auto text =
        to_text(tokens_of(R"({"refresh_token":"r\"","access_token":"a","expires_in":3600})"));
    const auto tokens = tokens_from_text(text, some_time + 24h);
    EXPECT_EQ(tokens.refresh.reveal(), "r\"");
    EXPECT_EQ(tokens.access.reveal(), "a");
    EXPECT_EQ(tokens.expires, some_time + 3600s);
    EXPECT_EQ(to_text(tokens).reveal(), text.reveal());
}

TEST(Tokens, that_are_none_are_refused_without_being_told) {
    for (const char* text : {"", " \n", "two words", "{", "{}", R"({"refresh_token":7})",
                             R"({"access_token":"a\r\nb"})", "{\"refresh_token\":\"hush\""}) {
        const Error error = test::failure_of([&] { static_cast<void>(tokens_of(text)); });
        EXPECT_EQ(error.code(), Errc::invalid) << text;
        EXPECT_THAT(error.what(), Not(HasSubstr("hush")));
    }
}

TEST(Tokens, are_due_five_minutes_before_they_end) {
    const auto tokens = tokens_of(R"({"access_token":"a","expires_in":3600})");
    EXPECT_FALSE(is_due(tokens, some_time + 54min));
    EXPECT_TRUE(is_due(tokens, some_time + 55min));
    EXPECT_FALSE(is_due(tokens_of(R"({"access_token":"a"})"), some_time + 24h));
}

// RFC 6749 section 6
TEST(Tokens, are_asked_for_in_a_form) {
    const OAuthClient client{"my client", "https://login.example/token"};
    EXPECT_EQ(renewal_form(client, tokens_of("a+b/c=")).reveal(),
              "grant_type=refresh_token&refresh_token=a%2Bb%2Fc%3D&client_id=my%20client");
    EXPECT_THAT(
        renewal_form(client, tokens_of(R"({"refresh_token":"r","client_secret":"&x"})")).reveal(),
        HasSubstr("&client_secret=%26x"));
}

TEST(Tokens, keep_the_refresh_token_until_another_comes) {
    const auto first =
        renewed(tokens_of("r1"), 200,
                R"({"access_token":"a1","token_type":"bearer","expires_in":60})", some_time);
    EXPECT_EQ(first.access.reveal(), "a1");
    EXPECT_EQ(first.refresh.reveal(), "r1");
    EXPECT_EQ(first.expires, some_time + 60s);
    const auto second =
        renewed(first, 200, R"({"access_token":"a2","refresh_token":"r2"})", some_time);
    EXPECT_EQ(second.access.reveal(), "a2");
    EXPECT_EQ(second.refresh.reveal(), "r2");
    EXPECT_FALSE(second.expires);
}

TEST(Tokens, that_cannot_be_renewed_say_whether_they_may_be_later) {
    struct Row {
        int status;
        std::string_view answer;
        Errc code;
        std::string_view word;
    };

    constexpr Row rows[] = {
        {400, R"({"error":"invalid_grant"})", Errc::authentication, "invalid_grant"},
        {401, R"({"error":"invalid_client"})", Errc::authentication, "invalid_client"},
        {400, R"({"error":"Your token r1 is bad"})", Errc::authentication, "HTTP status 400"},
        {404, "<html>", Errc::authentication, "HTTP status 404"},
        {503, "", Errc::network, "HTTP status 503"},
        {400, R"({"error":"temporarily_unavailable"})", Errc::network, "temporarily_unavailable"},
        {200, R"({"token_type":"bearer"})", Errc::protocol, "no access token"},
        {200, R"({"access_token":"a b"})", Errc::protocol, "no access token"},
        {200, R"({"access_token":"a","token_type":"mac"})", Errc::protocol, "no access token"},
        {200, "[]", Errc::protocol, "no access token"},
    };
    for (const auto& [status, answer, code, word] : rows) {
        const Error error = renewal_failure(status, answer);
        EXPECT_EQ(error.code(), code) << answer;
        EXPECT_THAT(error.what(), HasSubstr(std::string(word)));
    }
    EXPECT_THAT(renewal_failure(400, R"({"error":"invalid_grant"})").hint(), HasSubstr("Consent"));
}

}  // namespace mailkeep::service
