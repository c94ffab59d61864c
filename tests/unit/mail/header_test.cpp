// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include "header.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

std::string date_of(std::string_view header) {
    const auto date = sent_date_of(fields_of(header));
    return date ? to_rfc3339(*date) : "none";
}

std::string from_of(const std::string& value) {
    const auto header = "From: " + value + "\r\n";
    return decode_addresses(fields_of(header), "From", "");
}

Content content_from(const std::string& header) {
    return content_of(fields_of(header), "text/plain");
}

}  // namespace

TEST(SplitEntity, ends_the_header_at_the_empty_line) {
    const auto crlf = split_entity("A: b\r\nC: d\r\n\r\nbody\r\n");
    EXPECT_EQ(crlf.header, "A: b\r\nC: d\r\n");
    EXPECT_EQ(crlf.body, "body\r\n");
    const auto lf = split_entity("A: b\n\n\nbody");
    EXPECT_EQ(lf.header, "A: b\n");
    EXPECT_EQ(lf.body, "\nbody");
    EXPECT_EQ(split_entity("\r\nbody").body, "body");
    EXPECT_EQ(split_entity("A: b").header, "A: b");
    EXPECT_EQ(split_entity("").header, "");
}

TEST(SplitEntity, begins_the_body_where_fields_end_without_an_empty_line) {
    const auto entity = split_entity("A: b\nHello there\n\nmore");
    EXPECT_EQ(entity.header, "A: b\n");
    EXPECT_EQ(entity.body, "Hello there\n\nmore");
}

TEST(SplitEntity, skips_a_stray_line_between_fields) {
    const auto entity = split_entity("From x@y Mon\nA: b\n>From stray\nC: d\n\nbody");
    EXPECT_EQ(entity.body, "body");
    EXPECT_EQ(fields_of(entity.header).size(), 2U);
}

TEST(Fields, are_taken_with_their_continuations) {
    const std::string header = " lost\r\nSubject: one\r\n two\r\n\tthree\r\nX-Y :z\r\nno field\r\n";
    const auto fields = fields_of(header);
    ASSERT_EQ(fields.size(), 2U);
    EXPECT_EQ(decode_text(fields[0].value, ""), "one two three");
    EXPECT_EQ(fields[1].name, "X-Y");
    EXPECT_EQ(find_field(fields, "x-y"), "z");
    EXPECT_EQ(find_field(fields, "absent"), "");
}

TEST(Fields, do_not_continue_a_line_that_is_none) {
    const auto fields = fields_of("A: b\nstray line\n of two\nC: d\n");
    ASSERT_EQ(fields.size(), 2U);
    EXPECT_EQ(fields[0].value, " b");
}

TEST(DecodeText, is_one_line_without_control_characters) {
    EXPECT_EQ(decode_text(" a\t=?utf-8?q?b=0D=0Ac=1B[31m=00?= ", ""), "a b  c [31m");
}

TEST(Addresses, are_shown_with_decoded_names) {
    EXPECT_EQ(from_of("Joe <a@b>"), "Joe <a@b>");
    EXPECT_EQ(from_of("a@b"), "a@b");
    EXPECT_EQ(from_of("\"Doe, J\" <a@b>, c@d"), "Doe, J <a@b>, c@d");
    EXPECT_EQ(from_of("=?utf-8?q?J=C3=B6?= <a@b>"), "Jö <a@b>");
    EXPECT_EQ(from_of("\"=?utf-8?q?Doe,_J=C3=B6?=\" <a@b>"), "Doe, Jö <a@b>");
    EXPECT_EQ(from_of("=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= <a@b>"), "日本 <a@b>");
    EXPECT_EQ(from_of("J\xF6rg <a@b>"), "Jörg <a@b>");
    EXPECT_EQ(from_of("Jörg <a@b>"), "Jörg <a@b>");
    EXPECT_EQ(from_of("a@b (Joe)"), "Joe <a@b>");
}

TEST(Addresses, show_groups_by_their_members) {
    EXPECT_EQ(from_of("Team: a@b, Joe <c@d>;, e@f"), "a@b, Joe <c@d>, e@f");
    EXPECT_EQ(from_of("undisclosed-recipients:;"), "undisclosed-recipients:;");
}

TEST(Addresses, are_shown_as_written_when_they_cannot_be_read) {
    EXPECT_EQ(from_of("Joe a@b"), "Joe a@b");
    EXPECT_EQ(from_of("a@b; c@d"), "a@b; c@d");
    EXPECT_EQ(from_of("joe at example.org (=?utf-8?q?J=C3=B6?=)"), "joe at example.org (Jö)");
    EXPECT_EQ(from_of("  "), "");
}

TEST(Addresses, of_several_fields_are_one_list) {
    EXPECT_EQ(decode_addresses(fields_of("To: a@b\nCc: x@y\nto: c@d\n"), "To", ""), "a@b, c@d");
}

// GMime recurses for each group: 200,000 overflow the stack.
TEST(Addresses, survive_nested_groups) {
    std::string nested;
    for (int i = 0; i < 200'000; ++i) {
        nested += "a:";
    }
    EXPECT_EQ(from_of(nested), nested);
    EXPECT_TRUE(is_valid_utf8(from_of(nested.substr(0, 900))));
}

TEST(Id, is_what_stands_between_angle_brackets) {
    EXPECT_EQ(decode_id(" <a@b>\r\n"), "a@b");
    EXPECT_EQ(decode_id("The list <list.example.org>"), "list.example.org");
    EXPECT_EQ(decode_id("a@b"), "a@b");
    EXPECT_EQ(decode_id("<a@b"), "a@b");
    EXPECT_EQ(decode_id(""), "");
}

TEST(SentDate, is_the_date_field_in_utc) {
    EXPECT_EQ(date_of("Date: Mon, 1 Jan 2001 10:00:00 +0100\n"), "2001-01-01T09:00:00Z");
    EXPECT_EQ(date_of("Date: 1 Jan 01 10:00 EST\n"), "2001-01-01T15:00:00Z");
    EXPECT_EQ(date_of("Date: Mon, 1 Jan 2001 10:00:00\n"), "2001-01-01T10:00:00Z");
    EXPECT_EQ(date_of("Date: 2001-01-02T03:04:05Z\n"), "2001-01-02T03:04:05Z");
    EXPECT_EQ(date_of("Date: Thu, 13 Feb 1969 23:32 -0330\n"), "1969-02-14T03:02:00Z");
}

TEST(SentDate, falls_back_to_another_date_then_to_the_topmost_received) {
    const std::string received =
        "Received: from a; b; Tue, 2 Jan 2001 10:00:00 +0000\n"
        "Received: from c; Mon, 1 Jan 2001 10:00:00 +0000\n";
    EXPECT_EQ(date_of(received), "2001-01-02T10:00:00Z");
    EXPECT_EQ(date_of(received + "Date: yesterday\n"), "2001-01-02T10:00:00Z");
    EXPECT_EQ(date_of("Date: x\nDate: 3 Jan 2001 10:00:00 +0000\n"), "2001-01-03T10:00:00Z");
}

TEST(References, are_all_that_were_answered_each_once_and_the_parent_last) {
    const auto references = [](const std::string& header) {
        return decode_references(fields_of(header));
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(references("Subject: x\r\n"), Ids{});
    EXPECT_EQ(references("References: <1@x>\r\n <2@x><3@x>\r\nIn-Reply-To: <3@x>\r\n"),
              (Ids{"1@x", "2@x", "3@x"}));
    EXPECT_EQ(references("In-Reply-To: Your message of \"Monday\" < 4@x >\r\n"), Ids{"4@x"});
    EXPECT_EQ(references("In-Reply-To: <2@x>\r\nReferences: <1@x>\r\n"), (Ids{"1@x", "2@x"}));
    EXPECT_EQ(references("References: <> <open <1@x>\r\nIn-Reply-To: none\r\n"), Ids{"open <1@x"});
    std::string many = "References:";
    for (int i = 0; i < 1000; ++i) {
        many += " <" + std::to_string(i) + "@x>";
    }
    const auto kept = references(many + "\r\n");
    ASSERT_EQ(kept.size(), 50U);
    EXPECT_EQ(kept.front(), "0@x");
    EXPECT_EQ(kept.back(), "999@x");
}

TEST(SentDate, is_nothing_when_no_date_is_valid) {
    for (const auto* header :
         {"", "Date:\n", "Date: Mon, 32 Jan 2001 10:00:00 +0000\n", "Date: 31 Feb 2001 10:00\n",
          "Date: 1 Jan 2001 25:00:00 +0000\n", "Received: from a\n", "Received: from a; never\n"}) {
        EXPECT_EQ(date_of(header), "none") << header;
    }
}

TEST(Content, has_defaults) {
    const auto content = content_from("Subject: x\n");
    EXPECT_EQ(content.type, "text/plain");
    EXPECT_EQ(content.transfer_encoding, "");
    EXPECT_EQ(content.disposition, Disposition::unstated);
    EXPECT_EQ(content_of({}, "message/rfc822").type, "message/rfc822");
}

TEST(Content, reads_type_parameters_and_encoding) {
    const auto content = content_from(
        "Content-Type: Text/HTML; Charset=\"UTF-8\";\r\n boundary=\"a b\"; name=x.html\r\n"
        "Content-Transfer-Encoding:  BASE64 (really)\r\nContent-ID: <id@x>\r\n"
        "Content-Disposition: INLINE\r\n");
    EXPECT_EQ(content.type, "text/html");
    EXPECT_EQ(content.charset, "UTF-8");
    EXPECT_EQ(content.boundary, "a b");
    EXPECT_EQ(content.file_name, "x.html");
    EXPECT_EQ(content.transfer_encoding, "base64");
    EXPECT_EQ(content.id, "id@x");
    EXPECT_EQ(content.disposition, Disposition::shown);
}

TEST(Content, takes_a_broken_type_for_plain_text) {
    EXPECT_EQ(content_from("Content-Type: text\n").type, "text/plain");
    EXPECT_EQ(content_from("Content-Type: ???\n").type, "text/plain");
}

TEST(Content, forgives_a_missing_semicolon) {
    EXPECT_EQ(content_from("Content-Type: text/plain charset=utf-8\n").charset, "utf-8");
    EXPECT_EQ(content_from("Content-Type: multipart/mixed boundary=\"x\"\n").boundary, "x");
    const auto content = content_from("Content-Disposition: attachment filename=a.pdf\n");
    EXPECT_EQ(content.disposition, Disposition::attachment);
    EXPECT_EQ(content.file_name, "a.pdf");
}

TEST(Content, decodes_file_names_in_every_form) {
    const auto name_from = [](const std::string& parameter) {
        return content_from("Content-Disposition: attachment; " + parameter + "\n").file_name;
    };
    EXPECT_EQ(name_from("filename=plain.txt"), "plain.txt");
    EXPECT_EQ(name_from("filename=with blank.txt"), "with blank.txt");
    EXPECT_EQ(name_from("filename=\"never closed.txt"), "never closed.txt");
    EXPECT_EQ(name_from("filename*=utf-8''caf%C3%A9.txt"), "café.txt");
    EXPECT_EQ(name_from("filename*=iso-8859-1'en'caf%E9.txt"), "café.txt");
    EXPECT_EQ(name_from("filename*0*=utf-8''a%20;\n filename*1=b.txt"), "a b.txt");
    EXPECT_EQ(name_from("filename*1=b; filename*0=a"), "ab");
    EXPECT_EQ(name_from("filename=\"=?utf-8?q?caf=C3=A9.txt?=\""), "café.txt");
    EXPECT_EQ(name_from("filename==?iso-8859-1?q?caf=E9.txt?="), "café.txt");
    EXPECT_EQ(name_from("filename*0=\"=?utf-8?q?a_?=\"; filename*1=\"=?utf-8?q?b?=\""), "a b");
    EXPECT_EQ(name_from("filename=\"caf\xE9.txt\""), "café.txt");
    EXPECT_EQ(name_from("filename=\"café.txt\""), "café.txt");
    EXPECT_EQ(name_from("filename*=utf-8''a%0Ab%00c"), "a b");
}

TEST(Content, takes_an_unknown_disposition_for_an_attachment) {
    EXPECT_EQ(content_from("Content-Disposition: x-odd\n").disposition, Disposition::attachment);
    EXPECT_EQ(content_from("Content-Disposition: ; filename=a\n").disposition,
              Disposition::unstated);
}
