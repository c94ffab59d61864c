// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/keys.hpp"
#include "mailkeep/base/error.hpp"

#include "support/failure_of.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::archive;

TEST(DataKey, is_none_until_one_is_made) {
    DataKey key;
    EXPECT_TRUE(key.empty());
    key = make_data_key();
    EXPECT_FALSE(key.empty());
    EXPECT_EQ(key.reveal().size(), DataKey::size);
    EXPECT_NE(key.reveal(), make_data_key().reveal());
}

TEST(DataKey, derives_another_key_for_every_salt_and_purpose) {
    const DataKey key(std::string(32, 'k'));
    EXPECT_EQ(key.derive("salt", "one"), DataKey(key).derive("salt", "one"));
    EXPECT_NE(key.derive("salt", "one"), key.derive("salt", "two"));
    EXPECT_NE(key.derive("salt", "one"), key.derive("other", "one"));
    EXPECT_EQ(key.derive("salt", "one").size(), 32U);
}
