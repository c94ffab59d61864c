// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

TEST(ToUtf8, believes_a_declared_charset_that_fits) {
    EXPECT_EQ(to_utf8("caf\xE9", "ISO-8859-15"), "café");
    EXPECT_EQ(to_utf8("\xF0\xD2\xC9\xD7\xC5\xD4", "koi8-r"), "Привет");
    EXPECT_EQ(to_utf8("\xC4\xE3\xBA\xC3", "gb2312"), "你好");
    EXPECT_EQ(to_utf8("\x1B$BF|K\\\x1B(B", "iso-2022-jp"), "日本");
    EXPECT_EQ(to_utf8("\x93\xFA\x96\x7B", "Shift_JIS"), "日本");
    EXPECT_EQ(to_utf8("+AOk-", "utf-7"), "é");
}

TEST(ToUtf8, takes_iso_8859_1_for_windows_1252) {
    EXPECT_EQ(to_utf8("\x80 5 \x96 6", "iso-8859-1"), "€ 5 – 6");
}

TEST(ToUtf8, reads_a_name_up_to_what_is_no_name) {
    EXPECT_EQ(to_utf8("\xE9t\xE9", "\"iso-8859-2\"; format=flowed"), "été");
    EXPECT_EQ(to_utf8("\xE9t\xE9", "iso-8859-2//IGNORE"), "été");
}

TEST(ToUtf8, prefers_utf_8_when_the_octets_tell_so) {
    const std::string text = "Вам выставлен счет";
    EXPECT_EQ(to_utf8(text, "windows-1251"), text);
    EXPECT_EQ(to_utf8(text, ""), text);
    EXPECT_EQ(to_utf8(text, "us-ascii"), text);
    EXPECT_EQ(to_utf8(text, "no-such-charset"), text);
}

TEST(ToUtf8, rescues_undeclared_octets) {
    EXPECT_EQ(to_utf8("na\xEFve caf\xE9", ""), "naïve café");
    EXPECT_EQ(to_utf8("na\xEFve caf\xE9", "utf-8"), "naïve café");
    EXPECT_EQ(to_utf8("\x1B$BF|K\\8l$N%F%9%H$G$9\x1B(B", ""), "日本語のテストです");
    const auto russian = to_utf8(
        "\xF0\xD2\xC9\xD7\xC5\xD4, \xCB\xC1\xCB \xD4\xD7\xCF\xC9 "
        "\xC4\xC5\xCC\xC1 \xD3\xC5\xC7\xCF\xC4\xCE\xD1?",
        "");
    EXPECT_EQ(russian, "Привет, как твои дела сегодня?");
}

TEST(ToUtf8, keeps_damaged_utf_8_but_for_the_damage) {
    const std::string text = "Длинный текст, который обрывается посреди буквы";
    EXPECT_EQ(to_utf8(text.substr(0, text.size() - 1), ""),
              text.substr(0, text.size() - 2) + "\xEF\xBF\xBD");
}

TEST(ToUtf8, does_not_turn_ascii_into_chinese) {
    EXPECT_EQ(to_utf8("plain words", "utf-16"), "plain words");
    EXPECT_EQ(to_utf8(std::string_view("\xFF\xFEh\0i\0", 6), "utf-16"), "hi");
}

TEST(ToUtf8, drops_the_byte_order_mark_and_blanks_nul) {
    EXPECT_EQ(to_utf8("\xEF\xBB\xBFtext", "utf-8"), "text");
    EXPECT_EQ(to_utf8(std::string_view("a\0b", 3), "iso-8859-1"), "a b");
}

TEST(ToUtf8, gives_valid_utf_8_for_all_octets_in_all_charsets) {
    std::string octets;
    for (int i = 0; i < 1024; ++i) {
        octets += static_cast<char>(i * 37 + i / 256);
    }
    for (const auto* charset : {"", "utf-8", "utf-7", "utf-16", "utf-32", "iso-8859-1", "big5",
                                "gb18030", "euc-kr", "iso-2022-jp", "iso-2022-kr", "shift_jis",
                                "windows-1255", "tis-620", "hz-gb-2312", "viscii", "//", "a b"}) {
        for (std::size_t length = 0; length <= octets.size(); length += 93) {
            EXPECT_TRUE(is_valid_utf8(to_utf8(octets.substr(0, length), charset))) << charset;
        }
    }
}

TEST(Charset, reads_iso_2022_jp_with_the_signs_that_vendors_added) {
    EXPECT_EQ(to_utf8("\x1B$B-!y_!A\x1B(B 1\x1B(I12\x1B(J x", "iso-2022-jp"), "①﨏～ 1ｱｲ x");
    EXPECT_EQ(to_utf8("\x1B$B-!\nF|", "ISO-2022-JP"), "①\nF|");
    EXPECT_EQ(to_utf8("\x1B$(D0!\x1B(B", "iso-2022-jp"), "丂");
    EXPECT_EQ(to_utf8("\x1B$B-!\x1B(B", "cp50220"), "①");
    EXPECT_TRUE(is_valid_utf8(to_utf8("\x1B$B-", "iso-2022-jp")));
}
