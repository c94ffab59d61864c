// SPDX-License-Identifier: Apache-2.0
// Which commands must go through the service when one runs.
#include "commands.hpp"

#include <gtest/gtest.h>

namespace mailkeep::app {

namespace {

TEST(Commands, that_write_need_a_workplace) {
    EXPECT_TRUE(needs_workplace(AccountAdd{}));
    EXPECT_TRUE(needs_workplace(AccountSet{}));
    EXPECT_TRUE(needs_workplace(AccountRemove{}));
    EXPECT_TRUE(needs_workplace(AccountTest{}));
    EXPECT_TRUE(needs_workplace(Backup{}));
    EXPECT_TRUE(needs_workplace(Restore{}));
    EXPECT_TRUE(needs_workplace(UserAdd{}));
    EXPECT_TRUE(needs_workplace(UserPasswd{}));
    EXPECT_TRUE(needs_workplace(UserRemove{}));
    EXPECT_TRUE(needs_workplace(KeyAdd{}));
    EXPECT_TRUE(needs_workplace(KeyRemove{}));
}

TEST(Commands, that_look_need_none) {
    EXPECT_FALSE(needs_workplace(Status{}));
    EXPECT_FALSE(needs_workplace(Search{}));
    EXPECT_FALSE(needs_workplace(Show{}));
    EXPECT_FALSE(needs_workplace(Export{}));
    EXPECT_FALSE(needs_workplace(Verify{}));
    EXPECT_FALSE(needs_workplace(AccountList{}));
    EXPECT_FALSE(needs_workplace(UserList{}));
    EXPECT_FALSE(needs_workplace(KeyList{}));
}

TEST(Commands, write_moments_short) {
    EXPECT_EQ(moment_text(parse_rfc3339("2026-11-23T04:05:06.789Z")), "2026-11-23 04:05");
    EXPECT_EQ(moment_text(std::nullopt), "-");
}

}  // namespace

}  // namespace mailkeep::app
