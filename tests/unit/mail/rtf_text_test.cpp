// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include "rtf_text.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

TEST(Rtf, is_decompressed_like_the_examples_of_its_definition) {
    // [MS-OXRTFCP] section 3.2, without and with a reference that runs into what it writes.
    const std::string simple(
        "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 "
        "hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0",
        49);
    EXPECT_EQ(decompress_rtf(simple), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    const std::string crossing(
        "\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4KQ\x41\0\x04\x20WXYZ\x0d\x6e\x7d\x01\x0e\xb0", 30);
    EXPECT_EQ(decompress_rtf(crossing), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
    EXPECT_EQ(decompress_rtf(std::string("\x10\0\0\0\x4\0\0\0MELA\0\0\0\0{\\rtf1}", 23)),
              "{\\rtf1}");
    for (std::size_t length = 0; length < simple.size(); ++length) {
        EXPECT_LE(decompress_rtf(simple.substr(0, length)).size(), 43U);
    }
}

TEST(Rtf, shows_text_without_its_tables) {
    EXPECT_EQ(
        rtf_to_text("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}\r\n"
                    "\\pard one\\par\r\ntwo\\tab three\\'e9 \\{a\\\\b\\}\\emdash c}"),
        "one\ntwo\tthreeé {a\\b}—c");
}

TEST(Rtf, shows_characters_of_any_charset) {
    EXPECT_EQ(rtf_to_text("{\\rtf1\\ansicpg1251 \\'cf\\'f0\\'e8}"), "При");
    EXPECT_EQ(rtf_to_text("{\\rtf1\\ansicpg932 \\'93\\'fa\\'96\\'7b}"), "日本");
    EXPECT_EQ(rtf_to_text("{\\rtf1\\u1055?\\u1088 ?x{\\uc0\\u8364 y}\\u-10179?\\u-8704?}"),
              "Прx€y😀");
    EXPECT_EQ(rtf_to_text("{\\rtf1\\uc2\\u233\\'3f?z}"), "éz");
}

TEST(Rtf, shows_the_text_of_html_within) {
    EXPECT_EQ(
        rtf_to_text("{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 "
                    "rich\\htmlrtf }\\htmlrtf0 {\\*\\htmltag72 </p>}\\htmlrtf\\par\\htmlrtf0}"),
        "rich");
}

TEST(Rtf, may_be_anything) {
    const std::string rtf =
        "{\\rtf1\\bin3 }}}\\u1\\'zz\\'e\\ansicpg99999\\u\\uc-1\\uc99999999999 a";
    for (std::size_t length = 0; length <= rtf.size(); ++length) {
        EXPECT_TRUE(is_valid_utf8(rtf_to_text(rtf.substr(0, length))));
    }
    EXPECT_EQ(rtf_to_text(std::string(1'000'000, '{')), "");
    EXPECT_EQ(rtf_to_text("}}}}a"), "a");
}
