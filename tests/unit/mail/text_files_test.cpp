// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"
#include "mailkeep/mail/summary.hpp"

#include "text_files.hpp"
#include "transfer_encoding.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

// Lines made with binascii.b2a_uu of Python.
const std::string uu = "begin 644 cat.txt\n#0V%T\n`\nend\n";
const std::string uu_of_two_lines =
    "begin 600 two lines.bin\r\n"
    "M5&AE('%U:6-K(&)R;W=N(&9O>\"!J=6UP<R!O=F5R('1H92!L87IY(&1O9RX@\r\n"
    "&5'=I8V4N\r\n \r\nend\r\n";

}  // namespace

TEST(TextFiles, are_found_in_uuencode) {
    const auto result = split_files("before\n" + uu + "after\n" + uu_of_two_lines);
    EXPECT_EQ(result.text, "before\nafter\n");
    ASSERT_EQ(result.files.size(), 2U);
    EXPECT_EQ(result.files[0].name, "cat.txt");
    EXPECT_EQ(result.files[0].content, "Cat");
    EXPECT_EQ(result.files[1].name, "two lines.bin");
    EXPECT_EQ(result.files[1].content, "The quick brown fox jumps over the lazy dog. Twice.");
}

TEST(TextFiles, are_found_without_their_end) {
    const auto result = split_files("begin 644 cat.txt\n#0V%T\nand so on\n");
    ASSERT_EQ(result.files.size(), 1U);
    EXPECT_EQ(result.files[0].content, "Cat");
    EXPECT_EQ(result.text, "and so on\n");
}

TEST(TextFiles, are_not_found_in_words) {
    for (const std::string text :
         {"begin 644 cats\nand more\n", "begin\n", "begin 64 a\n#0V%T\n", "begin 644\n#0V%T\n",
          "we begin 644 a\n#0V%T\n", "begin 644 a\n", "=ybegin\n", "=ybegin name=a\nx\n"}) {
        EXPECT_EQ(split_files(text).text, text);
        EXPECT_TRUE(split_files(text).files.empty());
    }
}

TEST(TextFiles, are_found_in_yenc) {
    std::string octets;
    std::string encoded;
    for (int octet = 0; octet < 256; ++octet) {
        octets += static_cast<char>(octet);
        const auto shifted = static_cast<char>(octet + 42);
        const bool is_critical =
            shifted == '\0' || shifted == '\r' || shifted == '\n' || shifted == '=';
        encoded += is_critical ? "=" : "";
        encoded += static_cast<char>(is_critical ? shifted + 64 : shifted);
        encoded += octet % 100 == 99 ? "\r\n" : "";
    }
    const auto result = split_files(
        "words\r\n=ybegin part=1 line=100 size=256 name= all octets.bin \r\n"
        "=ypart begin=1 end=256\r\n" +
        encoded + "\r\n=yend size=256\r\nafter\r\n");
    EXPECT_EQ(result.text, "words\r\nafter\r\n");
    ASSERT_EQ(result.files.size(), 1U);
    EXPECT_EQ(result.files[0].name, "all octets.bin");
    EXPECT_EQ(result.files[0].content, octets);
}

TEST(TextFiles, are_attachments_behind_all_parts) {
    const auto raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n" + uu +
                     "--b\r\nContent-Type: image/png; name=a.png\r\n\r\nx\r\n--b--\r\n";
    const auto message = parse(raw);
    ASSERT_EQ(message.parts.size(), 3U);
    EXPECT_EQ(message.parts[1].file_name, "a.png");
    EXPECT_EQ(message.parts[2].file_name, "cat.txt");
    EXPECT_EQ(message.parts[2].number, 3);
    EXPECT_EQ(message.parts[2].body, "Cat");
    EXPECT_TRUE(message.parts[2].is_attachment);
    EXPECT_EQ(readable_text(message), "words");
    EXPECT_EQ(summarize(ContentId(), raw).attachments,
              (std::vector<std::string>{"a.png", "cat.txt"}));
}

TEST(TextFiles, are_a_transfer_encoding_too) {
    EXPECT_EQ(decode_transfer("x-uuencode", uu), "Cat");
    EXPECT_EQ(decode_transfer("x-uuencode", "words"), "words");
}
