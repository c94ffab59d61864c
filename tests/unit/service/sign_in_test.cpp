// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/service/accounts.hpp"
#include "mailkeep/service/sign_in.hpp"

#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace std::chrono_literals;
using service::Depot;
using service::SignIn;

namespace {

class SignInTest : public testing::Test {
  protected:
    SignInTest() {
        archive::Archive::create(folder.path() / "data");
        depot = std::make_unique<Depot>(folder.path() / "data", clock);
    }

    Errc error_of(const std::string& user, const std::string& password, SignIn& sign_in,
                  const std::string& peer = "::1") {
        try {
            static_cast<void>(sign_in.sign_in(user, Secret(password), peer));
        } catch (const Error& error) {
            return error.code();
        }
        return Errc::internal;
    }

    test::TempDir folder;
    test::FakeClock clock;
    std::unique_ptr<Depot> depot;
};

}  // namespace

TEST_F(SignInTest, makes_the_first_user_with_the_code_and_only_once) {
    SignIn sign_in(*depot);
    const auto code = sign_in.setup_code();
    ASSERT_EQ(code.size(), 19U);
    EXPECT_THROW(sign_in.set_up("AAAA-AAAA-AAAA-AAAA", "jo", Secret("long enough")), Error);
    sign_in.set_up(code, "jo", Secret("long enough"));
    EXPECT_TRUE(sign_in.setup_code().empty());
    EXPECT_THROW(sign_in.set_up(code, "eve", Secret("long enough")), Error);
    EXPECT_TRUE(SignIn(*depot).setup_code().empty());
}

TEST_F(SignInTest, gives_a_session_that_ends) {
    service::save_user(*depot, "jo", Secret("long enough"));
    SignIn sign_in(*depot);
    const auto session = sign_in.sign_in("jo", Secret("long enough"), "::1");
    ASSERT_TRUE(sign_in.session(session.token));
    EXPECT_EQ(sign_in.session(session.token)->user, "jo");
    EXPECT_EQ(sign_in.session(session.token)->csrf, session.csrf);
    EXPECT_FALSE(sign_in.session("something else"));
    clock.advance(24h * 8);
    EXPECT_FALSE(sign_in.session(session.token));
}

TEST_F(SignInTest, forgets_a_session_that_signed_out) {
    service::save_user(*depot, "jo", Secret("long enough"));
    SignIn sign_in(*depot);
    const auto session = sign_in.sign_in("jo", Secret("long enough"), "::1");
    sign_in.sign_out(session.token);
    EXPECT_FALSE(sign_in.session(session.token));
}

TEST_F(SignInTest, slows_down_who_guesses) {
    service::save_user(*depot, "jo", Secret("long enough"));
    SignIn sign_in(*depot);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(error_of("jo", "wrong", sign_in), Errc::authentication);
    }
    EXPECT_EQ(error_of("jo", "long enough", sign_in), Errc::refused);
    EXPECT_EQ(error_of("other", "x", sign_in, "::1"), Errc::refused);
    clock.advance(2s);
    EXPECT_EQ(sign_in.sign_in("jo", Secret("long enough"), "::1").user, "jo");
}

TEST_F(SignInTest, says_the_same_of_a_wrong_user_and_a_wrong_password) {
    service::save_user(*depot, "jo", Secret("long enough"));
    SignIn sign_in(*depot);
    EXPECT_EQ(error_of("nobody", "long enough", sign_in), Errc::authentication);
    EXPECT_EQ(error_of("jo", "wrong", sign_in), Errc::authentication);
}

TEST_F(SignInTest, keeps_users_in_the_archive_not_only_in_the_catalog) {
    service::save_user(*depot, "jo", Secret("long enough"));
    depot.reset();
    for (const auto& name : catalog::file_names()) {
        std::filesystem::remove(folder.path() / "data" / name);
    }
    depot = std::make_unique<Depot>(folder.path() / "data", clock);
    SignIn sign_in(*depot);
    EXPECT_EQ(sign_in.sign_in("jo", Secret("long enough"), "::1").user, "jo");
}
