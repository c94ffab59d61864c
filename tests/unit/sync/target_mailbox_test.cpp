// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/restore.hpp"

#include <gtest/gtest.h>

using mailkeep::sync::target_mailbox;

TEST(TargetMailbox, keeps_the_name_where_delimiters_agree) {
    EXPECT_EQ(target_mailbox("Lists/a", '/', "", '/'), "Lists/a");
    EXPECT_EQ(target_mailbox("INBOX", 0, "", '/'), "INBOX");
}

TEST(TargetMailbox, joins_with_the_delimiter_of_the_target) {
    EXPECT_EQ(target_mailbox("INBOX.Lists.a", '.', "", '/'), "INBOX/Lists/a");
    EXPECT_EQ(target_mailbox("a/b", '/', "", 0), "a-b");
}

TEST(TargetMailbox, makes_one_level_of_a_component_with_the_target_s_delimiter) {
    EXPECT_EQ(target_mailbox("v1.2/x", '/', "", '.'), "v1_2.x");
}

TEST(TargetMailbox, goes_below_a_prefix) {
    EXPECT_EQ(target_mailbox("Sent", '/', "Restored/2024", '/'), "Restored/2024/Sent");
    EXPECT_EQ(target_mailbox("a.b", '.', "Old", '/'), "Old/a/b");
}
