// SPDX-License-Identifier: Apache-2.0
// Passwords from files and variables, and which command wants one.
#include "mailkeep/base/error.hpp"

#include "secret_input.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace mailkeep::app {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class SecretFile : public testing::Test {
  protected:
    std::string read(const std::string& octets) {
        std::ofstream(folder_ / "secret", std::ios::binary) << octets;
        const SecretWish wish{{SecretSource::Kind::file, folder_ / "secret"}, "", {}};
        return read_secret(wish, {}).value().reveal();
    }

  private:
    test::TempDir folder_;
};

TEST_F(SecretFile, loses_one_line_end) {
    EXPECT_EQ(read("secret"), "secret");
    EXPECT_EQ(read("secret\n"), "secret");
    EXPECT_EQ(read("secret\r\n"), "secret");
    EXPECT_EQ(read("secret\n\n"), "secret\n");
    EXPECT_EQ(read(" sec ret "), " sec ret ");
}

TEST_F(SecretFile, must_hold_something) {
    EXPECT_THROW(read(""), Error);
    EXPECT_THROW(read("\n"), Error);
}

TEST(SecretInput, names_a_file_that_is_not_there) {
    const SecretWish wish{{SecretSource::Kind::file, "/not/there"}, "", {}};
    EXPECT_THAT([&] { static_cast<void>(read_secret(wish, {})); },
                ThrowsMessage<Error>(HasSubstr("/not/there")));
}

TEST(SecretInput, reads_a_variable) {
    const SecretWish wish{{SecretSource::Kind::environment, "P"}, "", {}};
    EXPECT_EQ(read_secret(wish, {{"P", "secret"}}).value().reveal(), "secret");
    EXPECT_THROW(static_cast<void>(read_secret(wish, {})), Error);
    EXPECT_THROW(static_cast<void>(read_secret(wish, {{"P", ""}})), Error);
}

TEST(SecretInput, asks_nobody_for_a_password_that_may_be_left_out) {
    EXPECT_EQ(read_secret({{}, "Password", SecretWish::Kind::optional}, {}), std::nullopt);
}

TEST(SecretInput, knows_which_command_wants_a_password) {
    using Kind = SecretWish::Kind;
    AccountAdd add;
    add.account.server = server_from_url("imaps://me@host");
    Restore restore;
    restore.target = add.account.server;
    EXPECT_EQ(secret_wish(add).value().kind, Kind::required);
    EXPECT_EQ(secret_wish(restore).value().kind, Kind::required);
    restore.account = "post";
    EXPECT_EQ(secret_wish(restore), std::nullopt);
    EXPECT_EQ(secret_wish(AccountSet{}).value().kind, Kind::optional);
    EXPECT_EQ(secret_wish(AccountTest{}).value().kind, Kind::optional);
    EXPECT_EQ(secret_wish(UserAdd{}).value().kind, Kind::chosen);
    EXPECT_EQ(secret_wish(UserPasswd{}).value().kind, Kind::chosen);
    EXPECT_EQ(secret_wish(Backup{}), std::nullopt);
    EXPECT_EQ(secret_wish(Rebuild{}), std::nullopt);
}

}  // namespace

}  // namespace mailkeep::app
