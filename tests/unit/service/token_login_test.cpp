// SPDX-License-Identifier: Apache-2.0
// Against an authority of our own on 127.0.0.1.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/service/accounts.hpp"

#include "support/failure_of.hpp"
#include "support/fake_clock.hpp"
#include "support/loopback_server.hpp"
#include "support/temp_dir.hpp"
#include "token_login.hpp"
#include "tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::service {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Answers one request with a status and a body; what it was asked goes to `asked`.
class Authority {
  public:
    Authority(int status, std::string answer)
        : server_([this, status, answer](test::Peer& peer) {
              std::size_t size = 0;
              for (auto line = peer.hear_line(); line.size() > 2; line = peer.hear_line()) {
                  if (starts_with_ignoring_case(line, "Content-Length:")) {
                      size = parse_number(trim(line.substr(15))).value_or(0);
                  }
              }
              asked_ = peer.hear(size);
              peer.say("HTTP/1.1 " + std::to_string(status) + " so\r\nContent-Length: " +
                       std::to_string(answer.size()) + "\r\n\r\n" + answer);
          }) {}

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(server_.port()) + "/token";
    }

    [[nodiscard]] const std::string& asked() const { return asked_; }

  private:
    std::string asked_;
    test::LoopbackServer server_;
};

class TokenLogin : public testing::Test {
  protected:
    TokenLogin() {
        archive::Archive::create(folder_.path() / "data");
        depot_ = std::make_unique<Depot>(folder_.path() / "data", clock_);
    }

    AccountId add(const std::string& token_url, const std::string& tokens) {
        Account account;
        account.name = "post";
        account.server = server_from_url("imaps://jo@mail.example");
        account.oauth = {"mailkeep", token_url};
        return add_account(*depot_, account, Secret(tokens));
    }

    Tokens kept(AccountId id) {
        const auto account = depot_->open_catalog().account(id).value();
        return tokens_from_text(depot_->vault().open(id, "password", account.sealed_password),
                                clock_.now());
    }

    test::TempDir folder_;
    test::FakeClock clock_;
    std::unique_ptr<Depot> depot_;
};

constexpr const char* fresh = R"({"refresh_token":"r1","access_token":"a1","expires_in":3600})";

}  // namespace

TEST_F(TokenLogin, uses_what_is_kept_as_long_as_it_lasts) {
    const auto id = add("http://127.0.0.1:1/token", fresh);
    const auto token = access_token(*depot_, id);
    EXPECT_EQ(token.token.reveal(), "a1");
    EXPECT_TRUE(token.is_renewable);
}

TEST_F(TokenLogin, renews_what_is_about_to_end_and_keeps_all_that_is_new) {
    const Authority authority(200,
                              R"({"access_token":"a2","refresh_token":"r2","expires_in":3600})");
    const auto id = add(authority.url(), fresh);
    clock_.advance(56min);
    const auto token = access_token(*depot_, id);
    EXPECT_EQ(token.token.reveal(), "a2");
    EXPECT_FALSE(token.is_renewable);
    EXPECT_EQ(authority.asked(), "grant_type=refresh_token&refresh_token=r1&client_id=mailkeep");
    EXPECT_EQ(kept(id).refresh.reveal(), "r2");
    EXPECT_EQ(kept(id).access.reveal(), "a2");
    EXPECT_EQ(kept(id).expires, clock_.now() + 1h);
}

TEST_F(TokenLogin, renews_what_was_refused_once) {
    const Authority authority(200, R"({"access_token":"a2","expires_in":3600})");
    const auto id = add(authority.url(), fresh);
    EXPECT_EQ(access_token(*depot_, id, Secret("a1")).token.reveal(), "a2");
    EXPECT_EQ(access_token(*depot_, id, Secret("a1")).token.reveal(), "a2");
}

TEST_F(TokenLogin, ends_when_consent_has_ended_and_keeps_what_there_was) {
    const Authority authority(400, R"({"error":"invalid_grant","error_description":"r1"})");
    const auto id = add(authority.url(), "r1");
    const Error error = test::failure_of([&] { (void)access_token(*depot_, id); });
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_THAT(error.hint(), HasSubstr("mailkeep account set"));
    EXPECT_EQ(kept(id).refresh.reveal(), "r1");
}

TEST_F(TokenLogin, tells_that_the_authority_is_not_there) {
    const auto id = add("http://127.0.0.1:" + std::to_string(test::unused_port()) + "/token", "r1");
    EXPECT_EQ(test::failure_of([&] { (void)access_token(*depot_, id); }).code(), Errc::network);
}

TEST_F(TokenLogin, takes_an_access_token_that_nobody_renews) {
    Account account;
    account.name = "post";
    account.server = server_from_url("imaps://jo@mail.example");
    account.auth = Auth::oauth;
    const auto id = add_account(*depot_, account, Secret(R"({"access_token":"a1"})"));
    EXPECT_EQ(access_token(*depot_, id).token.reveal(), "a1");
    EXPECT_FALSE(access_token(*depot_, id).is_renewable);
}

TEST_F(TokenLogin, shows_no_password_to_an_authority_and_no_token_to_a_mail_server) {
    Account account;
    account.name = "post";
    account.server = server_from_url("imaps://jo@mail.example");
    account.id = add_account(*depot_, account, Secret("hunter2"));
    account = depot_->open_catalog().account(account.id).value();
    account.oauth = {"mailkeep", "https://login.example/token"};
    EXPECT_EQ(test::failure_of([&] { save_account(*depot_, account, std::nullopt); }).code(),
              Errc::invalid);
    save_account(*depot_, account, Secret("r1"));
    EXPECT_EQ(kept(account.id).refresh.reveal(), "r1");
    account = depot_->open_catalog().account(account.id).value();
    account.auth = Auth::password;
    EXPECT_EQ(test::failure_of([&] { save_account(*depot_, account, std::nullopt); }).code(),
              Errc::invalid);
}

TEST_F(TokenLogin, is_not_set_up_where_it_cannot_be) {
    for (const char* url : {"http://login.example/token", "https://", "ftp://127.0.0.1/", "x"}) {
        EXPECT_EQ(test::failure_of([&] { add(url, "r1"); }).code(), Errc::invalid) << url;
    }
    Account account;
    account.name = "post";
    account.server = server_from_url("imaps://jo@mail.example");
    account.auth = Auth::oauth;
    EXPECT_EQ(test::failure_of([&] { add_account(*depot_, account, Secret("r1")); }).code(),
              Errc::invalid);
    account.auth = Auth::apop;
    EXPECT_EQ(test::failure_of([&] { add_account(*depot_, account, Secret("pw")); }).code(),
              Errc::invalid);
}

}  // namespace mailkeep::service
