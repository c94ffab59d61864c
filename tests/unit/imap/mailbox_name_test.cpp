// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mailkeep::imap {

namespace {

struct KnownName {
    std::string_view name;
    std::string_view wire;
};

constexpr KnownName known_names[] = {
    {"", ""},
    {"INBOX", "INBOX"},
    {"R&D", "R&-D"},
    {"&", "&-"},
    {"&-", "&--"},
    {"a \"b\" \\c/%*", "a \"b\" \\c/%*"},
    {"Entwürfe", "Entw&APw-rfe"},
    {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},  // RFC 3501 section 5.1.3
    {"☺!", "&Jjo-!"},
    {"Hej på dig", "Hej p&AOU- dig"},
    {"Входящие", "&BBIERQQ+BDQETwRJBDgENQ-"},
    {"é&è", "&AOk-&-&AOg-"},
    {"😀", "&2D3eAA-"},
    {"tab\there", "tab&AAk-here"},
};

/// A name of up to twelve characters out of all planes.
std::string random_name(std::mt19937& random) {
    std::string name;
    const auto pick = [&](unsigned least, unsigned most) {
        return std::uniform_int_distribution<unsigned>(least, most)(random);
    };
    for (unsigned left = pick(0, 12); left > 0; --left) {
        const unsigned range = pick(0, 4);
        const unsigned point = range == 0   ? pick(0x01, 0x7F)
                               : range == 1 ? pick(0x80, 0x7FF)
                               : range == 2 ? pick(0x800, 0xD7FF)
                               : range == 3 ? pick(0xE000, 0xFFFF)
                                            : pick(0x10000, 0x10FFFF);
        const auto add = [&](unsigned octet) { name += static_cast<char>(octet); };
        if (point < 0x80) {
            add(point);
        } else if (point < 0x800) {
            add(0xC0 | point >> 6);
        } else if (point < 0x10000) {
            add(0xE0 | point >> 12);
            add(0x80 | (point >> 6 & 0x3F));
        } else {
            add(0xF0 | point >> 18);
            add(0x80 | (point >> 12 & 0x3F));
            add(0x80 | (point >> 6 & 0x3F));
        }
        if (point >= 0x80)
            add(0x80 | (point & 0x3F));
    }
    return name;
}

}  // namespace

TEST(MailboxName, is_encoded_as_the_rfc_says) {
    for (const auto& [name, wire] : known_names) {
        EXPECT_EQ(encode_mailbox_name(name), wire) << name;
    }
}

TEST(MailboxName, is_decoded_to_what_was_encoded) {
    for (const auto& [name, wire] : known_names) {
        EXPECT_EQ(decode_mailbox_name(wire), name) << wire;
    }
}

TEST(MailboxName, comes_back_from_the_wire_whatever_it_is) {
    std::mt19937 random(20260711);
    for (int i = 0; i < 5'000; ++i) {
        const std::string name = random_name(random);
        ASSERT_TRUE(is_valid_utf8(name)) << to_hex(name);
        const std::string wire = encode_mailbox_name(name);
        ASSERT_TRUE(std::all_of(wire.begin(), wire.end(), [](char c) {
            return c >= ' ' && c <= '~';
        })) << to_hex(name);
        ASSERT_EQ(decode_mailbox_name(wire), name) << to_hex(name);
    }
}

TEST(MailboxName, that_decodes_is_the_only_wire_form_of_its_name) {
    std::mt19937 random(42);
    constexpr std::string_view alphabet = "&&&--AQJOgk+,/=a2DcTBFw";
    for (int i = 0; i < 50'000; ++i) {
        std::string wire;
        for (auto left = random() % 12; left > 0; --left) {
            wire += alphabet[random() % alphabet.size()];
        }
        if (const auto name = decode_mailbox_name(wire)) {
            ASSERT_TRUE(is_valid_utf8(*name)) << wire;
            ASSERT_EQ(encode_mailbox_name(*name), wire);
        }
    }
}

TEST(MailboxName, that_is_no_utf8_is_encoded_with_replacement_characters) {
    EXPECT_EQ(encode_mailbox_name("a\xFF"), "a&,,0-");
    EXPECT_EQ(encode_mailbox_name(std::string_view("a\0", 2)), "a&,,0-");
}

TEST(MailboxName, is_not_decoded_when_it_is_not_modified_utf7) {
    for (const std::string_view wire : {
             "Entw&APw",         // no end
             "&",                //
             "a&AGEAYg-",        // "ab" stands for itself
             "&ACY-",            // so does "&", as "&-"
             "&2D0-",            // half a surrogate pair
             "&3gA-",            // its other half alone
             "&2D0AYQ-",         // a high one without its low one
             "&AAA-",            // NUL
             "&APx-",            // loose bits
             "&APw=-",           // padding
             "&AP-",             // half a character
             "&A-",              //
             "&AP/8-",           // "/" for ","
             "&U,BT-&Fw-",       // null shift
             "Entw\xC3\xBCrfe",  // 8-bit
             "tab\there",        // control character
         }) {
        EXPECT_EQ(decode_mailbox_name(wire), std::nullopt) << wire;
    }
}

TEST(MailboxName, is_shown_decoded) {
    EXPECT_EQ(display_mailbox_name("Entw&APw-rfe"), "Entwürfe");
}

TEST(MailboxName, is_shown_as_it_is_when_it_came_as_utf8) {
    EXPECT_EQ(display_mailbox_name("Entwürfe"), "Entwürfe");
    EXPECT_EQ(display_mailbox_name("Entw&APw"), "Entw&APw");
}

TEST(MailboxName, is_shown_with_escapes_where_it_cannot_be_shown) {
    EXPECT_EQ(display_mailbox_name("a\tb\x7F"), "a\\x09b\\x7f");
    EXPECT_EQ(display_mailbox_name("Entw\xFCrfe"), "Entw\\xfcrfe");
    EXPECT_EQ(display_mailbox_name("\xE9\n"), "\\xe9\\x0a");
}

TEST(MailboxName, is_inbox_in_any_case) {
    EXPECT_TRUE(is_inbox("INBOX"));
    EXPECT_TRUE(is_inbox("Inbox"));
    EXPECT_FALSE(is_inbox("INBOX/a"));
    EXPECT_FALSE(is_inbox(""));
}

}  // namespace mailkeep::imap
