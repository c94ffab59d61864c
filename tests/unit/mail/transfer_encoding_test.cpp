// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include "transfer_encoding.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

TEST(Base64, decodes_the_examples_of_rfc_4648) {
    EXPECT_EQ(decode_base64(""), "");
    EXPECT_EQ(decode_base64("Zg=="), "f");
    EXPECT_EQ(decode_base64("Zm8="), "fo");
    EXPECT_EQ(decode_base64("Zm9v"), "foo");
    EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
}

TEST(Base64, skips_what_is_not_in_the_alphabet) {
    EXPECT_EQ(decode_base64("Zm\r\n9v\t Y!m*Fy\n"), "foobar");
}

TEST(Base64, goes_on_after_padding_in_the_middle) {
    EXPECT_EQ(decode_base64("aGVsbG8=d29ybGQ="), "helloworld");
    EXPECT_EQ(decode_base64("Zg==\r\nZg==\r\n"), "ff");
}

TEST(Base64, takes_text_without_padding_and_drops_a_single_sextet) {
    EXPECT_EQ(decode_base64("Zm9vYg"), "foob");
    EXPECT_EQ(decode_base64("Zm9vYmE"), "fooba");
    EXPECT_EQ(decode_base64("Zm9vY"), "foo");
    EXPECT_EQ(decode_base64("===="), "");
}

TEST(Base64, undoes_what_base_encodes_for_every_length) {
    std::string octets;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(decode_base64(to_base64(octets)), octets);
        octets += static_cast<char>(i * 7);
    }
}

TEST(QuotedPrintable, decodes_octets_and_soft_line_breaks) {
    EXPECT_EQ(decode_quoted_printable("caf=C3=A9 =3D ok"), "caf\xC3\xA9 = ok");
    EXPECT_EQ(decode_quoted_printable("one =\r\ntwo=\nthree"), "one twothree");
    EXPECT_EQ(decode_quoted_printable("pad= \t\r\nding"), "padding");
    EXPECT_EQ(decode_quoted_printable("=e9=E9"), "\xE9\xE9");
}

TEST(QuotedPrintable, keeps_an_equals_sign_that_means_nothing) {
    EXPECT_EQ(decode_quoted_printable("a=b =4 =GG 1=="), "a=b =4 =GG 1=");
}

TEST(QuotedPrintable, drops_padding_before_a_line_end_unless_it_was_encoded) {
    EXPECT_EQ(decode_quoted_printable("a  \t\r\nb=20\r\nc \n"), "a\r\nb \r\nc\n");
}

TEST(TransferEncoding, leaves_unknown_encodings_as_they_are) {
    EXPECT_EQ(decode_transfer("base64", "Zg=="), "f");
    EXPECT_EQ(decode_transfer("quoted-printable", "=41"), "A");
    EXPECT_EQ(decode_transfer("8bit", "=41"), "=41");
    EXPECT_EQ(decode_transfer("x-unheard-of", "Zg=="), "Zg==");
}

TEST(TransferEncoding, leaves_text_that_only_says_it_is_base64) {
    const auto* const text = "... the image would stand here, but it does not.";
    EXPECT_EQ(decode_transfer("base64", text), text);
    EXPECT_EQ(decode_transfer("base64", "Zm9vYmFyZm!9v\r\n YmFy\r\n"), "foobarfoobar");
}

TEST(TransferEncoding, ends_base64_where_a_mailing_list_wrote_its_footer) {
    const std::string footer = "--\r\nThis list is read by many.\r\nArchives\r\n";
    EXPECT_EQ(decode_transfer("base64", "Zm9v\r\nYmFy\r\n" + footer), "foobar");
    EXPECT_EQ(decode_transfer("base64", "Zm9v\r\nYmFy\r\n" + footer, Footer::kept),
              "foobar" + footer);
}

TEST(TransferEncoding, goes_on_after_a_damaged_line_of_base64) {
    const std::string line(76, 'A');
    EXPECT_EQ(decode_transfer("base64", line + "\n**!!**\n" + line + "\n"),
              std::string(2 * 57, '\0'));
}
