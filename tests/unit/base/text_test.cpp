// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

TEST(Text, splits_into_all_pieces_empty_ones_included) {
    EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
    EXPECT_EQ(split("", ','), std::vector<std::string_view>{""});
}

TEST(Text, joins_what_it_split) {
    EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
    EXPECT_EQ(join({"", "x"}, "/"), "/x");
    EXPECT_EQ(join({}, "/"), "");
}

TEST(Text, trims_blanks_and_line_ends_only_at_the_ends) {
    EXPECT_EQ(trim(" \t a b\r\n"), "a b");
    EXPECT_EQ(trim(" \r\n"), "");
}

TEST(Text, compares_ascii_without_case_and_leaves_other_octets_alone) {
    EXPECT_TRUE(equals_ignoring_case("INBOX", "inBox"));
    EXPECT_FALSE(equals_ignoring_case("INBOX", "INBOX2"));
    EXPECT_FALSE(equals_ignoring_case("\xC3\x84", "\xC3\xA4"));
    EXPECT_TRUE(starts_with_ignoring_case("INBOX/a", "inbox/"));
    EXPECT_FALSE(starts_with_ignoring_case("IN", "inbox"));
}

TEST(Text, reads_whole_numbers_only) {
    EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615U);
    EXPECT_FALSE(parse_number("18446744073709551616"));
    EXPECT_FALSE(parse_number(""));
    EXPECT_FALSE(parse_number("1x"));
    EXPECT_FALSE(parse_number("-1"));
    EXPECT_FALSE(parse_number(" 1"));
}

TEST(Text, knows_utf8_from_what_only_looks_like_it) {
    EXPECT_TRUE(is_valid_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));          // overlong
    EXPECT_FALSE(is_valid_utf8("\xE0\x80\xAF"));      // overlong
    EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));      // surrogate
    EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
    EXPECT_FALSE(is_valid_utf8("\xE2\x82"));          // cut short
    EXPECT_FALSE(is_valid_utf8("\x80"));
}

TEST(Text, replaces_each_broken_octet) {
    EXPECT_EQ(to_valid_utf8("a\xE2\x82"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(to_valid_utf8("\xC3\xA9"), "\xC3\xA9");
}

TEST(Text, never_clips_inside_a_character) {
    EXPECT_EQ(clip("a\xE2\x82\xAC", 3), "a");
    EXPECT_EQ(clip("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
    EXPECT_EQ(clip("abc", 10), "abc");
}

TEST(Text, writes_and_reads_hex_and_base64) {
    EXPECT_EQ(to_hex(std::string_view("\x00\xFFz", 3)), "00ff7a");
    EXPECT_EQ(from_hex("00FF7a"), std::string("\x00\xFFz", 3));
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_hex("0g"));
    for (const std::string plain : {"", "f", "fo", "foo", "foob"}) {
        EXPECT_EQ(from_base64(to_base64(plain)), plain);
    }
    EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
}

TEST(Text, refuses_base64_that_is_not_canonical) {
    EXPECT_FALSE(from_base64("Zm9vYg"));
    EXPECT_FALSE(from_base64("Zm9vYh=="));  // loose bits
    EXPECT_FALSE(from_base64("Zm9 YmFy"));
    EXPECT_FALSE(from_base64("===="));
}
