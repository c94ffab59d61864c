// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/encoded_fields.hpp"
#include "mailkeep/mail/message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mailkeep::mail {

namespace {

std::string subject_after(const std::string& subject) {
    const auto header = encode_8bit_fields("Subject: " + subject + "\r\n");
    EXPECT_FALSE(has_8bit(header)) << header;
    return parse(header + "\r\n").subject;
}

TEST(EncodedFields, LeaveAsciiAlone) {
    const std::string header = "Subject: a  \"b\" c\r\n\td\r\nbroken\r\nTo: <a@b>\r\n";
    EXPECT_EQ(encode_8bit_fields(header), header);
    EXPECT_EQ(encode_8bit_fields(""), "");
}

TEST(EncodedFields, EncodeTheWordsThatNeedIt) {
    EXPECT_EQ(encode_8bit_fields("Subject: an \xC3\xA4 b\r\nX: y\r\n"),
              "Subject: an =?UTF-8?B?w6Q=?= b\r\nX: y\r\n");
    EXPECT_EQ(encode_8bit_fields("Subject: \xE4\r\n"), "Subject: =?unknown-8bit?B?5A==?=\r\n");
    EXPECT_EQ(encode_8bit_fields("From: \"J\xC3\xB6rg \\\"x\\\"\" <a@b>\r\n"),
              "From: =?UTF-8?B?SsO2cmcgIngi?= <a@b>\r\n");
    EXPECT_EQ(encode_8bit_fields("Content-Type: a/b;\r\n name=\"\xC3\xB6.txt\"\r\n"),
              "Content-Type: a/b;\r\n name=\"=?UTF-8?B?w7YudHh0?=\"\r\n");
}

TEST(EncodedFields, AreReadAsTheyWere) {
    const std::string subject =
        "Gr\xC3\xBC\xC3\x9F"
        "e aus K\xC3\xB6ln, M\xC3\xBC"
        "nchen";
    EXPECT_EQ(subject_after(subject), subject);
    std::string lengthy;
    for (int i = 0; i < 200; ++i) {
        lengthy +=
            "\xE2\x82\xAC"
            "a";
    }
    EXPECT_EQ(subject_after(lengthy), lengthy);
}

TEST(EncodedFields, TakeWhateverComes) {
    for (const std::string header :
         {"\xC3", ":\xC3\"", "a: \"\xC3\\", "a: \"\xC3 b\r\n", "\xE4\xFF: \"x\r\n \xFF\r\n"}) {
        EXPECT_FALSE(has_8bit(encode_8bit_fields(header).substr(header.find(':') + 1)));
    }
}

}  // namespace

}  // namespace mailkeep::mail
