// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/uri.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

TEST(Uri, takes_a_mail_address_as_user) {
    const auto uri = parse_uri("IMAPS://jo@example.org@mail.example.org:1993/x");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->scheme, "imaps");
    EXPECT_EQ(uri->user, "jo@example.org");
    EXPECT_EQ(uri->host, "mail.example.org");
    EXPECT_EQ(uri->port, 1993);
    EXPECT_EQ(uri->path, "/x");
}

TEST(Uri, decodes_the_user_and_unwraps_ipv6) {
    const auto uri = parse_uri("imap://a%3Ab%40c@[::1]:143");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->user, "a:b@c");
    EXPECT_EQ(uri->host, "::1");
    EXPECT_EQ(encode_uri_user("a:b@c"), "a%3Ab@c");
}

TEST(Uri, is_nothing_without_a_scheme) {
    EXPECT_FALSE(parse_uri("mail.example.org"));
    EXPECT_FALSE(parse_uri("imap://u@host:notaport"));
}

TEST(Glob, matches_whole_names) {
    EXPECT_TRUE(matches_glob("Lists/*", "Lists/a/b"));
    EXPECT_FALSE(matches_glob("Lists", "Lists/a"));
    EXPECT_TRUE(matches_glob("Tr?sh", "Trash"));
}
