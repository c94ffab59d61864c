// SPDX-License-Identifier: Apache-2.0
#include "encoded_word.hpp"

#include <gtest/gtest.h>

using namespace mailkeep::mail;

namespace {

std::string decoded(std::string_view value) {
    return decode_words(value, "");
}

}  // namespace

TEST(EncodedWord, decodes_the_examples_of_rfc_2047) {
    EXPECT_EQ(decoded("(=?ISO-8859-1?Q?a?=)"), "(a)");
    EXPECT_EQ(decoded("(=?ISO-8859-1?Q?a?= b)"), "(a b)");
    EXPECT_EQ(decoded("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)"), "(ab)");
    EXPECT_EQ(decoded("(=?ISO-8859-1?Q?a?=    =?ISO-8859-1?Q?b?=)"), "(ab)");
    EXPECT_EQ(decoded("(=?ISO-8859-1?Q?a_b?=)"), "(a b)");
    EXPECT_EQ(decoded("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)"), "(a b)");
    EXPECT_EQ(decoded("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= "
                      "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?="),
              "If you can read this you understand the example.");
}

TEST(EncodedWord, knows_language_tags_and_small_letters) {
    EXPECT_EQ(decoded("=?iso-8859-1*fr?q?caf=e9?="), "café");
}

TEST(EncodedWord, joins_words_cut_within_a_character_or_a_quantum) {
    EXPECT_EQ(decoded("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?="), "café");
    EXPECT_EQ(decoded("=?utf-8?b?w?= =?utf-8?b?6k=?="), "é");
    EXPECT_EQ(decoded("=?utf-8?b?w4M=?= =?utf-8?b?w6k?="), "Ãé");
}

TEST(EncodedWord, takes_words_that_touch_their_neighbours) {
    EXPECT_EQ(decoded("x=?utf-8?q?a?=y"), "xay");
    EXPECT_EQ(decoded("=?utf-8?q?a?==?utf-8?q?b?="), "ab");
    EXPECT_EQ(decoded("\"=?utf-8?q?quoted?=\""), "\"quoted\"");
}

TEST(EncodedWord, takes_blanks_inside_a_word) {
    EXPECT_EQ(decoded("=?utf-8?q?a b  c?= d"), "a b  c d");
}

TEST(EncodedWord, takes_a_word_without_its_end) {
    EXPECT_EQ(decoded("=?utf-8?q?caf=C3=A9"), "café");
    EXPECT_EQ(decoded("=?utf-8?q?one_=?utf-8?q?two?="), "one two");
    EXPECT_EQ(decoded("=?utf-8?b?Y2Fmw6k"), "café");
}

TEST(EncodedWord, ends_a_word_at_padding_or_a_lone_equals_sign) {
    EXPECT_EQ(decoded("=?utf-8?b?aGVsbG8=?= x"), "hello x");
    EXPECT_EQ(decoded("=?utf-8?q?a=?= x"), "a x");
}

TEST(EncodedWord, rescues_a_charset_that_lies) {
    EXPECT_EQ(decoded("=?utf-8?q?caf=E9?="), "café");
    EXPECT_EQ(decoded("=?unheard-of?q?caf=E9?="), "café");
    EXPECT_EQ(decoded("=?iso-8859-1?q?=80?="), "€");
}

TEST(EncodedWord, reads_raw_octets_in_the_hinted_charset) {
    EXPECT_EQ(decode_words("\xF0\xD2\xC9\xD7\xC5\xD4", "koi8-r"), "Привет");
    EXPECT_EQ(decode_words("Привет", "koi8-r"), "Привет");
    EXPECT_EQ(decoded("=?iso-8859-1?q?Fr\xF6sche?="), "Frösche");
}

TEST(EncodedWord, leaves_what_is_none) {
    for (const auto* text : {"=?", "=?utf-8", "=?utf-8?", "=?utf-8?x?abc?=",
                             "=?utf-8?"
                             "?abc?=",
                             "a =?= b", "?=", "1 =? 2", ""}) {
        EXPECT_EQ(decoded(text), text);
    }
}

TEST(EncodedWord, normalizes_runs_of_words_for_a_parser_of_syntax) {
    EXPECT_EQ(normalize_words("=?utf-8?q?Doe,_?= =?utf-8?b?Sg==?= <a@b>", ""),
              "=?UTF-8?B?RG9lLCBK?= <a@b>");
    EXPECT_EQ(normalize_words("a <a@b>, =?utf-8?q?"
                              "?= <c@d>",
                              ""),
              "a <a@b>,  <c@d>");
}
