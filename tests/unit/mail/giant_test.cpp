// SPDX-License-Identifier: Apache-2.0
// Mail that is out of all proportion: read in little time and memory, and searchable as far as it
// is understood. The limit in seconds is far above what is needed and far below what anything
// quadratic takes.
#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/abridgement.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"
#include "mailkeep/mail/summary.hpp"

#include "rtf_text.hpp"

#include <gtest/gtest.h>

#include <ctime>

using namespace mailkeep;
using namespace mailkeep::mail;

namespace {

std::string many(std::string_view text, std::size_t times) {
    std::string result;
    result.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        result += text;
    }
    return result;
}

class Giant : public testing::Test {
  protected:
    /// Of the processor: a busy machine does not count.
    void TearDown() override { EXPECT_LT((std::clock() - begin_) / CLOCKS_PER_SEC, 30); }

    /// As a message of that size is summarized.
    static MessageSummary summary_of(const std::string& raw) {
        Abridgement abridgement;
        abridgement.add(raw);
        EXPECT_LE(abridgement.text().size(), summarized_whole);
        const auto summary = summarize(ContentId(), abridgement.text());
        EXPECT_LE(summary.text.size(), most_text_octets);
        EXPECT_LE(summary.subject.size() + summary.from.size() + summary.to.size(),
                  4 * most_header_octets);
        return summary;
    }

  private:
    std::clock_t begin_ = std::clock();
};

}  // namespace

TEST_F(Giant, html_of_a_hundred_thousand_levels_is_read) {
    for (const auto* tag : {"<div>", "<table><tr><td>", "<ul><li>", "<pre>", "<b>", "<blockquote>",
                            "<span style='display:none'>", "<!--", "<a href=\"", "<script>"}) {
        const auto html = "<p>first words</p>" + many(tag, 100'000) + "last words";
        const auto text = html_to_text(html);
        EXPECT_TRUE(text.starts_with("first words")) << tag;
        EXPECT_LE(text.size(), html.size()) << tag;
    }
    EXPECT_NE(html_to_text(many("<div>", 100'000) + "last words").find("last words"),
              std::string::npos);
}

TEST_F(Giant, message_of_three_hundred_thousand_parts_is_read_up_to_the_cap) {
    const auto raw = "Subject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
                     many("--b\r\nContent-Type: text/plain; name=a.txt\r\n\r\nwords\r\n", 300'000);
    const auto message = parse(raw);
    EXPECT_EQ(message.parts.size(), most_parts - 1);
    EXPECT_EQ(message.subject, "many");
    const auto summary = summary_of(raw);
    EXPECT_EQ(summary.attachments.size(), most_parts - 1);
    EXPECT_TRUE(summary.text.starts_with("words\n\nwords"));
}

TEST_F(Giant, nests_of_multiparts_and_messages_are_read_down_to_the_cap) {
    std::string multiparts;
    for (int i = 0; i < 100'000; ++i) {
        const auto boundary = "b" + std::to_string(i);
        multiparts += "Content-Type: multipart/mixed; boundary=";
        multiparts += boundary + "\r\n\r\n--" + boundary + "\r\n";
    }
    EXPECT_LE(parse(multiparts + "\r\nwords").parts.size(), most_parts);
    EXPECT_LE(summary_of(multiparts).text.size(), most_text_octets);
    const auto messages = many("Content-Type: message/rfc822\r\n\r\n", 100'000);
    EXPECT_LE(parse(messages).parts.size(), most_parts);
    const auto same = many("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 100'000);
    EXPECT_LE(parse(same).parts.size(), most_parts);
}

TEST_F(Giant, header_line_of_twenty_megabytes_is_read_up_to_the_cap) {
    for (const auto* word : {"word ", "=?utf-8?q?word?= ", "a@b, ", "\"a\" <a@b>, ", "(", "<", "\\",
                             "a: ", "word\r\n ", "\xE4"}) {
        const auto line = many(word, (20U << 20U) / std::string_view(word).size());
        const auto summary = summary_of("Message-ID: <1@x>\r\nTo: " + line + "\r\n\r\nthe text");
        EXPECT_EQ(summary.message_id, "1@x") << word;
        EXPECT_TRUE(is_valid_utf8(summary.to));
        const auto message = parse("Subject: " + line + "\r\nTo: a@b\r\n\r\nthe text");
        EXPECT_LE(message.subject.size(), 4 * most_header_octets);
        EXPECT_EQ(readable_text(message), "the text") << word;
    }
}

TEST_F(Giant, parameters_and_file_names_are_read) {
    for (const auto* parameter :
         {"; a=b", "; name*0=b", "; name*1*=b", ";", "; =", "; a=\"", "; name=\"\\"}) {
        const auto fields = "Content-Type: text/plain" + many(parameter, 100'000);
        EXPECT_EQ(readable_text(parse(fields + "\r\n\r\nthe text")), "the text") << parameter;
    }
}

TEST_F(Giant, text_of_a_million_files_is_read_up_to_the_cap) {
    const auto uu = many("begin 644 a\n#0V%T\nend\n", 300'000);
    EXPECT_EQ(parse("Subject: x\n\n" + uu).parts.size(), most_parts);
    EXPECT_EQ(parse("Subject: x\n\n" + many("begin 644 a\n", 300'000)).parts.size(), 1U);
    EXPECT_EQ(parse("Subject: x\n\n" + many("=ybegin size=1 name=a\n", 300'000)).parts.size(), 2U);
}

TEST_F(Giant, tnef_of_a_million_files_is_read_up_to_the_cap) {
    const std::string head = "Content-Type: application/ms-tnef\n\n\x78\x9F\x3E\x22";
    const std::string key(2, '\1');
    const std::string file("\2\x02\x90\6\0\0\0\0\0\0\0", 11);
    EXPECT_EQ(parse(head + key + many(file, 1'000'000)).parts.size(), most_parts);
}

TEST_F(Giant, rich_text_is_read_whatever_it_switches_between) {
    for (const auto* words :
         {"a\\u8364?", "\\'e9\\u8364?", "{\\b x}", "\\par\\'e9", "{", "\\bin9 "}) {
        const auto rtf = "{\\rtf1\\ansicpg1252 " + many(words, 300'000);
        EXPECT_LE(rtf_to_text(rtf).size(), 2 * rtf.size()) << words;
    }
}
