// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"
#include "mailkeep/mail/summary.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

/// A multipart with that subtype; each child is header, empty line and body.
std::string multipart(const std::string& subtype, const std::vector<std::string>& children,
                      const std::string& boundary = "b") {
    auto text = "Content-Type: multipart/" + subtype + "; boundary=" + boundary + "\r\n\r\n";
    for (const auto& child : children) {
        text += "--" + boundary + "\r\n" + child + "\r\n";
    }
    return text + "--" + boundary + "--\r\n";
}

std::vector<std::string> types_of(const Message& message) {
    std::vector<std::string> types;
    for (const auto& part : message.parts) {
        types.push_back(part.content_type);
    }
    return types;
}

std::vector<std::string> attachments_of(std::string_view raw) {
    return summarize(ContentId(), raw).attachments;
}

using Texts = std::vector<std::string>;

const std::string plain_part = "Content-Type: text/plain\r\n\r\nplain words";
const std::string html_part = "Content-Type: text/html\r\n\r\n<p>rich words</p>";
const std::string pdf_part =
    "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nZm9v";

}  // namespace

TEST(Message, has_the_fields_of_its_header) {
    const auto message = parse(
        "Subject: =?utf-8?q?caf=C3=A9?=\r\nFrom: Joe <j@x>\r\nTo: a@b, c@d\r\nCc: e@f\r\n"
        "Bcc: g@h\r\nMessage-Id: <1@x>\r\nList-ID: Talk <talk.x>\r\n"
        "Date: Mon, 1 Jan 2001 10:00:00 +0000\r\n\r\nhello\r\n");
    EXPECT_EQ(message.subject, "café");
    EXPECT_EQ(message.from, "Joe <j@x>");
    EXPECT_EQ(message.to, "a@b, c@d");
    EXPECT_EQ(message.cc, "e@f");
    EXPECT_EQ(message.bcc, "g@h");
    EXPECT_EQ(message.message_id, "1@x");
    EXPECT_EQ(message.list_id, "talk.x");
    EXPECT_EQ(to_rfc3339(message.sent_date.value()), "2001-01-01T10:00:00Z");
    ASSERT_EQ(message.header.size(), 8U);
    EXPECT_EQ(message.header.front(), std::pair(std::string("Subject"), std::string("café")));
    ASSERT_EQ(message.parts.size(), 1U);
    EXPECT_EQ(message.parts[0].body, "hello\r\n");
}

TEST(Message, reads_raw_octets_of_the_header_in_the_charset_of_the_text) {
    const auto message = parse(
        "Subject: \xF0\xD2\xC9\xD7\xC5\xD4\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\nx");
    EXPECT_EQ(message.subject, "Привет");
}

TEST(Message, gives_its_header_as_octets) {
    EXPECT_EQ(header_octets("A: =?x\r\n\tb\r\n\r\nbody"), "A: =?x\r\n\tb\r\n");
}

TEST(Parts, are_leaves_in_reading_order) {
    const auto message = parse(
        multipart("mixed", {multipart("alternative", {plain_part, html_part}, "c"), pdf_part}));
    EXPECT_EQ(types_of(message), (Texts{"text/plain", "text/html", "application/pdf"}));
    EXPECT_EQ(message.parts[2].number, 3);
    EXPECT_EQ(message.parts[2].body, "foo");
    EXPECT_EQ(message.parts[2].file_name, "a.pdf");
    EXPECT_EQ(message.parts[0].role, Role::text);
    EXPECT_EQ(message.parts[1].role, Role::alternative);
    EXPECT_EQ(message.parts[2].role, Role::other);
}

TEST(Parts, end_before_the_line_end_of_their_delimiter) {
    const auto message = parse(
        "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b  \n\none\n"
        "\n--bc\n--b\t\r\n\r\ntwo\r\n--b--\nepilogue");
    ASSERT_EQ(message.parts.size(), 2U);
    EXPECT_EQ(message.parts[0].body, "one\n\n--bc");
    EXPECT_EQ(message.parts[1].body, "two");
}

TEST(Parts, end_where_the_enclosing_multipart_ends) {
    const auto message = parse(multipart(
        "mixed",
        {"Content-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\none", "\r\ntwo"}));
    ASSERT_EQ(message.parts.size(), 2U);
    EXPECT_EQ(message.parts[0].body, "one");
    EXPECT_EQ(message.parts[1].body, "two");
}

TEST(Parts, are_taken_after_a_close_delimiter_that_came_too_early) {
    const auto message = parse(multipart("mixed", {"\r\none"}) + "--b\r\n\r\ntwo\r\n--b--\r\n");
    ASSERT_EQ(message.parts.size(), 2U);
    EXPECT_EQ(message.parts[1].body, "two");
}

TEST(Parts, of_a_multipart_without_its_boundary_are_one_text) {
    for (const auto* type : {"multipart/mixed", "multipart/mixed; boundary=absent"}) {
        const auto message = parse("Content-Type: " + std::string(type) + "\n\n--x\n\nwords\n");
        EXPECT_EQ(types_of(message), Texts{"text/plain"});
        EXPECT_NE(readable_text(message).find("words"), std::string::npos);
    }
}

TEST(Parts, begin_at_a_delimiter_with_words_after_it) {
    const auto message = parse(
        "Content-Type: multipart/mixed; boundary=b\n\n--b ignored\n\none\n--bc\n--b-- ignored\n"
        "\nepilogue\n");
    ASSERT_EQ(message.parts.size(), 1U);
    EXPECT_EQ(message.parts[0].body, "one\n--bc");
}

TEST(Parts, are_found_by_a_boundary_that_is_long_or_ends_with_blanks) {
    for (const auto& boundary : {std::string(700, 'x'), std::string("x  ")}) {
        const auto head = "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\n\n";
        for (const auto* padding : {"", "  "}) {
            const auto delimiter = "--" + boundary.substr(0, boundary.find(' ')) + padding;
            EXPECT_EQ(readable_text(parse(head + delimiter + "\n\none\n" + delimiter + "--\n")),
                      "one");
        }
    }
}

TEST(Parts, are_not_made_of_nothing) {
    EXPECT_EQ(
        types_of(parse(multipart(
            "mixed", {"Content-Type: multipart/alternative; boundary=c\r\n\r\n", plain_part}))),
        Texts{"text/plain"});
    EXPECT_EQ(types_of(parse("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\n")),
              Texts{"text/plain"});
}

TEST(Parts, are_one_text_where_none_is_found) {
    EXPECT_NE(readable_text(parse("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
                                  "Content-Type: multipart/mixed; boundary=c\n\n--a--\nwords\n"))
                  .find("words"),
              std::string::npos);
}

TEST(Parts, are_found_in_a_container_that_was_encoded_against_the_rules) {
    const auto inner = multipart("mixed", {plain_part});
    const auto body = inner.substr(inner.find("\r\n\r\n") + 4);
    const auto message = parse(
        "Content-Type: multipart/mixed; boundary=b\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n" +
        to_base64(body));
    EXPECT_EQ(readable_text(message), "plain words");
}

TEST(Attachments, are_what_says_so_and_what_is_not_text) {
    const auto raw =
        multipart("mixed", {plain_part, pdf_part, "Content-Type: image/png\r\n\r\nx",
                            "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx",
                            "Content-Type: text/plain; name=notes.txt\r\n\r\nx"});
    EXPECT_EQ(attachments_of(raw), (Texts{"a.pdf", "", "", "notes.txt"}));
}

TEST(Attachments, are_not_the_unnamed_parts_of_a_page) {
    const auto raw = multipart("related", {html_part, "Content-Type: image/png\r\n\r\nx",
                                           "Content-Type: image/gif; name=logo.gif\r\n\r\nx"});
    EXPECT_EQ(attachments_of(raw), Texts{"logo.gif"});
}

TEST(Attachments, are_not_a_named_text_that_stands_alone) {
    EXPECT_EQ(attachments_of("Content-Type: text/plain; name=mail.txt\r\n\r\nx"), Texts());
    EXPECT_EQ(attachments_of(
                  multipart("alternative", {"Content-Type: text/html; name=mail.html\r\n\r\nx"})),
              Texts());
}

TEST(AttachedMessage, is_a_part_and_its_parts_follow) {
    const auto inner = "Subject: within\r\nFrom: Ann <ann@x>\r\n" +
                       multipart("mixed", {plain_part, pdf_part}, "c");
    const auto raw =
        multipart("mixed", {"\r\nouter words", "Content-Type: message/rfc822\r\n\r\n" + inner});
    const auto message = parse(raw);
    EXPECT_EQ(types_of(message),
              (Texts{"text/plain", "message/rfc822", "text/plain", "application/pdf"}));
    EXPECT_EQ(message.parts[1].body, inner);
    EXPECT_EQ(readable_text(message), "outer words\n\nplain words");
    const auto summary = summarize(ContentId(), raw);
    EXPECT_EQ(summary.attachments, (Texts{"", "a.pdf"}));
    EXPECT_EQ(summary.text, "outer words\n\nplain words\n\nwithin\n\nAnn <ann@x>");
}

TEST(AttachedMessage, is_the_default_in_a_digest_and_may_be_encoded) {
    EXPECT_EQ(types_of(parse(multipart("digest", {"\r\nSubject: x\r\n\r\nwords"}))),
              (Texts{"message/rfc822", "text/plain"}));
    const auto message =
        parse("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
              to_base64("Subject: x\r\n\r\nwords"));
    EXPECT_EQ(readable_text(message), "words");
}

TEST(AttachedMessage, may_be_encoded_again_within_an_encoded_one) {
    const std::string head =
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    EXPECT_EQ(readable_text(parse(head + to_base64(head + to_base64("Subject: x\r\n\r\nwords")))),
              "words");
}

TEST(AttachedMessage, is_kept_once_however_deep_it_nests) {
    std::string raw;
    for (int i = 0; i < 10; ++i) {
        raw += "Content-Type: message/rfc822\r\n\r\n";
    }
    EXPECT_EQ(types_of(parse(raw + "\r\nwords")), (Texts{"message/rfc822", "text/plain"}));
}

TEST(ReadableText, takes_the_plain_alternative) {
    EXPECT_EQ(readable_text(parse(multipart("alternative", {plain_part, html_part}))),
              "plain words");
    EXPECT_EQ(readable_text(parse(multipart("alternative", {html_part, plain_part}))),
              "plain words");
}

TEST(ReadableText, takes_html_where_plain_text_is_absent_or_empty) {
    EXPECT_EQ(readable_text(parse(html_part)), "rich words");
    EXPECT_EQ(readable_text(parse(multipart("alternative", {"\r\n \r\n", html_part}))),
              "rich words");
}

TEST(ReadableText, joins_texts_that_stand_beside_each_other) {
    EXPECT_EQ(readable_text(parse(multipart("mixed", {html_part, plain_part}))),
              "rich words\n\nplain words");
}

TEST(ReadableText, reads_html_in_the_charset_it_declares_itself) {
    EXPECT_EQ(readable_text(parse("Content-Type: text/html\r\n\r\n<meta charset=\"koi8-r\">"
                                  "\xF0\xD2\xC9\xD7\xC5\xD4")),
              "Привет");
}

TEST(SearchableText, adds_an_alternative_that_says_much_more) {
    const auto rich =
        "Content-Type: text/html\r\n\r\n<p>a long letter with all the news of the year</p>";
    const auto message = parse(multipart("alternative", {"\r\nsee HTML", rich}));
    EXPECT_EQ(readable_text(message), "see HTML");
    EXPECT_EQ(searchable_text(message), "see HTML\n\na long letter with all the news of the year");
    EXPECT_EQ(searchable_text(parse(multipart("alternative", {plain_part, html_part}))),
              "plain words");
}

TEST(SearchableText, is_cut_between_characters_at_its_cap) {
    std::string words = "a";
    while (words.size() < most_text_octets + 10) {
        words += "é";
    }
    const auto text = searchable_text(parse("Subject: x\r\n\r\n" + words));
    EXPECT_EQ(text.size(), most_text_octets - 1);
    EXPECT_TRUE(is_valid_utf8(text));
    EXPECT_EQ(summarize(ContentId(), "Subject: x\r\n\r\n" + words).text, text);
}

TEST(Summary, says_what_the_message_says) {
    const std::string raw =
        "Subject: s\r\nFrom: a@b\r\nTo: c@d\r\nMessage-ID: <1@x>\r\nReferences: <0@x>\r\n"
        "Date: Mon, 1 Jan 2001 10:00:00 +0000\r\n" +
        multipart("mixed", {plain_part, pdf_part});
    const auto summary = summarize(sha256(raw), raw);
    EXPECT_EQ(summary.content_id, sha256(raw));
    EXPECT_EQ(summary.subject, "s");
    EXPECT_EQ(summary.from, "a@b");
    EXPECT_EQ(summary.to, "c@d");
    EXPECT_EQ(summary.message_id, "1@x");
    EXPECT_EQ(summary.references, Texts{"0@x"});
    EXPECT_EQ(summarize_header(sha256(raw), raw).references, Texts{"0@x"});
    EXPECT_TRUE(summary.sent_date.has_value());
    EXPECT_EQ(summary.text, "plain words");
    EXPECT_EQ(summary.attachments, Texts{"a.pdf"});
}

TEST(Caps, hold_for_parts_depth_and_header) {
    EXPECT_EQ(parse(multipart("mixed", Texts(3 * most_parts, "\r\nx"))).parts.size(),
              most_parts - 1);

    std::string deep = "\r\nbottom";
    for (std::size_t i = 0; i < most_depth; ++i) {
        deep = multipart("mixed", {deep}, "b" + std::to_string(i));
    }
    EXPECT_EQ(readable_text(parse(deep)), "bottom");
    EXPECT_EQ(types_of(parse(multipart("mixed", {deep}, "one-more"))), Texts{"text/plain"});

    const auto message =
        parse("Subject: " + std::string(most_header_octets, 'x') + "\r\nTo: a@b\r\n\r\nwords");
    EXPECT_EQ(message.to, "");
    EXPECT_LE(message.subject.size(), most_header_octets);
    EXPECT_EQ(readable_text(message), "words");
}

TEST(Caps, keep_hostile_messages_cheap) {
    std::string boundaries;
    std::string messages;
    for (int i = 0; i < 2'000; ++i) {
        const auto number = std::to_string(i);
        boundaries +=
            "Content-Type: multipart/mixed; boundary=b" + number + "\r\n\r\n--b" + number + "\r\n";
        messages +=
            "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    }
    for (const auto* word : {"=?", "=?utf-8?q?a?= ", "=?utf-8?q?", "=?utf-8?b?", "a\r\n ", "(", "<",
                             "\"a", "a@b,", ";a*0=b"}) {
        std::string header = "Subject: ";
        for (int i = 0; i < 10'000; ++i) {
            header += word;
        }
        const auto summary = summarize(
            ContentId(), header + "\r\nFrom: " + header + "\r\nContent-Type: a/b" + header);
        EXPECT_TRUE(is_valid_utf8(summary.subject));
    }
    EXPECT_LE(summarize(ContentId(), boundaries).text.size(), boundaries.size());
    EXPECT_EQ(summarize(ContentId(), messages).text, "");
}

TEST(Parse, survives_every_truncated_prefix) {
    const auto raw =
        "From x\r\nSubject: =?utf-8?b?w6k=?= \xE9\r\nFrom: \"A, B\" <a@b>\r\n" +
        multipart("mixed", {multipart("alternative", {plain_part, html_part}, "c"), pdf_part,
                            "Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\n\xFF"});
    for (std::size_t length = 0; length <= raw.size(); ++length) {
        const auto summary = summarize(ContentId(), std::string_view(raw).substr(0, length));
        EXPECT_TRUE(is_valid_utf8(summary.subject + summary.from + summary.text)) << length;
    }
}
