// SPDX-License-Identifier: Apache-2.0
#include "sort_key.hpp"

#include <gtest/gtest.h>

namespace mailkeep::archive {
namespace {

TEST(SortKey, takes_the_list_before_the_sender) {
    EXPECT_EQ(
        origin_of("From: Ann <ann@Example.ORG>\r\nList-ID: The List <Dev.Example.net>\r\n\r\n"),
        "dev.example.net");
    EXPECT_EQ(origin_of("From: Ann <ann@Example.ORG>\r\n\r\nList-Id: <in.the.body>\r\n"),
              "example.org");
    EXPECT_EQ(origin_of("from: ann@example.org (Ann)\n\n"), "example.org");
}

TEST(SortKey, joins_lines_that_go_on) {
    EXPECT_EQ(origin_of("List-Id: a long name\r\n\t<folded.example.org>\r\n\r\n"),
              "folded.example.org");
    EXPECT_EQ(origin_of("List-Id: no brackets\r\n\r\n"), "no brackets");
}

TEST(SortKey, is_empty_where_nothing_is_said) {
    EXPECT_EQ(origin_of(""), "");
    EXPECT_EQ(origin_of("\r\nFrom: a@b\r\n"), "");
    EXPECT_EQ(origin_of("From: nobody\r\n"), "");
    EXPECT_EQ(origin_of("From: a@"), "");
    EXPECT_EQ(origin_of(std::string(100'000, 'x') + "\r\nFrom: a@b\r\n\r\n"), "");
    EXPECT_EQ(origin_of("From: a@" + std::string(500, 'y')).size(), 80U);
}

TEST(SortKey, orders_by_mailbox_then_origin_then_time) {
    const SortKey key{.mailbox = 1, .origin = "b", .at = Timestamp{std::chrono::seconds{5}}};
    EXPECT_LT(key, (SortKey{2, "a", {}}));
    EXPECT_LT(key, (SortKey{1, "c", {}}));
    EXPECT_LT((SortKey{1, "b", {}}), key);
}

}  // namespace
}  // namespace mailkeep::archive
