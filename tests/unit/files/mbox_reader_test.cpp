// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/mbox_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::files {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class Collected final : public MboxSink {
  public:
    std::optional<std::uint64_t> begin(const MboxMessage& message) override {
        begun.push_back(message);
        texts.emplace_back();
        return told;
    }

    void piece(std::string_view octets) override { texts.back() += octets; }

    void end() override { ++ended; }

    std::vector<MboxMessage> begun;
    std::vector<std::string> texts;
    std::size_t ended = 0;
    std::optional<std::uint64_t> told;
};

Collected read(std::string_view text, MboxDialect dialect = MboxDialect::automatic) {
    Collected sink;
    MemorySource source(text);
    read_mbox(source, dialect, sink);
    EXPECT_EQ(sink.ended, sink.texts.size());
    return sink;
}

std::vector<std::string> texts_in(std::string_view text,
                                  MboxDialect dialect = MboxDialect::automatic) {
    return read(text, dialect).texts;
}

const std::string from = "From joe@example.org Tue Jan  2 12:33:01 2018\n";

TEST(MboxReader, gives_messages_with_the_line_ends_of_the_wire) {
    EXPECT_THAT(texts_in(from + "Subject: a\n\none\n\n" + from + "Subject: b\n\ntwo\n"),
                ElementsAre("Subject: a\r\n\r\none\r\n", "Subject: b\r\n\r\ntwo\r\n"));
}

TEST(MboxReader, keeps_the_octets_of_a_message_that_has_crlf) {
    EXPECT_THAT(texts_in(from + "Subject: a\r\n\r\nbare\nand\rso\r\n\n" + from +
                         "Subject: b\r\n\r\nno end"),
                ElementsAre("Subject: a\r\n\r\nbare\nand\rso\r\n", "Subject: b\r\n\r\nno end"));
}

TEST(MboxReader, reads_a_file_that_has_crlf_everywhere) {
    const std::string line = "From joe@example.org Tue Jan  2 12:33:01 2018\r\n";
    EXPECT_THAT(texts_in(line + "A: 1\r\n\r\nx\r\n\r\n" + line + "A: 2\r\n\r\ny\r\n\r\n"),
                ElementsAre("A: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"));
}

TEST(MboxReader, tells_where_messages_stand_and_when_they_came) {
    const auto found = read(from + "A: 1\n\nx\n\n" + from + "A: 2\n\ny\n");
    ASSERT_THAT(found.begun, SizeIs(2));
    EXPECT_EQ(found.begun[0].offset, from.size());
    EXPECT_EQ(found.begun[1].line, from.size() + 9);
    EXPECT_EQ(found.begun[0].date, parse_rfc3339("2018-01-02T12:33:01Z"));
}

TEST(MboxReader, reads_dates_as_programs_write_them) {
    for (const auto* line :
         {"From x Tue Jan  2 12:33:01 2018", "From x Tue Jan 02 14:33:01 +0200 2018",
          "From x Tue Jan  2 12:33:01 2018 +0000", "From a at b.c  Tue Jan  2 12:33:01 2018",
          "From - Tue Jan 02 12:33:01 2018", "From x Tue Jan  2 12:33:01 UTC 2018"}) {
        const auto found = read(std::string(line) + "\nA: 1\n\nx\n");
        ASSERT_THAT(found.begun, SizeIs(1));
        EXPECT_EQ(found.begun[0].date, parse_rfc3339("2018-01-02T12:33:01Z")) << line;
    }
}

TEST(MboxReader, takes_for_text_what_only_looks_like_a_beginning) {
    const std::string text =
        "A: 1\n\nFrom here it goes on.\n\nFrom me\n\n"
        "x\nFrom joe@example.org Tue Jan  2 12:33:01 2018\nB: 2\n\n"
        "From joe@example.org Tue Jan  2 12:33:01 2018\nno field here\n";
    EXPECT_THAT(texts_in(from + text), SizeIs(1));
}

TEST(MboxReader, undoes_quoting_as_the_dialect_has_it) {
    const std::string text = from + "A: 1\n\n>From a\n>>From b\n> From c\n";
    EXPECT_THAT(texts_in(text), ElementsAre("A: 1\r\n\r\nFrom a\r\n>From b\r\n> From c\r\n"));
    EXPECT_THAT(texts_in(text, MboxDialect::mboxo),
                ElementsAre("A: 1\r\n\r\nFrom a\r\n>>From b\r\n> From c\r\n"));
    EXPECT_THAT(texts_in(text, MboxDialect::mboxcl2),
                ElementsAre("A: 1\r\n\r\n>From a\r\n>>From b\r\n> From c\r\n"));
}

TEST(MboxReader, believes_a_content_length_that_leads_to_the_next_message) {
    const std::string body = "x\n\n" + from + "B: 2\n\n>From y\n";
    const auto length = "Content-Length: " + std::to_string(body.size()) + "\n\n";
    EXPECT_THAT(texts_in(from + length + body + "\n" + from + "C: 3\n\nz\n"),
                ElementsAre(::testing::HasSubstr(">From y\r\n"), "C: 3\r\n\r\nz\r\n"));
}

TEST(MboxReader, does_not_believe_one_that_leads_elsewhere) {
    for (const auto* length : {"3", "0", "99999", "4000000000", "18446744073709551615", "-1"}) {
        const auto text =
            from + "Content-Length: " + length + "\n\nabcdef\n\n" + from + "B: 2\n\nzz\n";
        const auto texts = texts_in(text);
        ASSERT_THAT(texts, SizeIs(2)) << length;
        EXPECT_EQ(texts[1], "B: 2\r\n\r\nzz\r\n");
    }
}

TEST(MboxReader, keeps_what_stands_before_the_first_message) {
    const auto found = read("junk\n\n" + from + "A: 1\n\nx\n");
    EXPECT_THAT(found.texts, ElementsAre("junk\r\n", "A: 1\r\n\r\nx\r\n"));
    EXPECT_FALSE(found.begun[0].has_from_line);
}

TEST(MboxReader, takes_octets_exactly_where_their_number_is_known) {
    Collected sink;
    const std::string raw = "A: 1\n\n>From x\nno end";
    sink.told = raw.size();
    const std::string text = from + raw + "\n\n" + from + raw + "\n\n";
    MemorySource source(text);
    read_mbox(source, MboxDialect::automatic, sink);
    EXPECT_THAT(sink.texts, ElementsAre("A: 1\n\nFrom x\nno end", "A: 1\n\nFrom x\nno end"));
}

TEST(MboxReader, splits_the_same_whatever_the_size_of_messages) {
    std::string text;
    std::vector<std::string> wanted;
    for (std::size_t size : {0U, 1U, 4'000U, 130'000U, 262'144U, 300'001U, 2'000'003U}) {
        std::string body;
        while (body.size() < size) {
            body += "line " + std::to_string(body.size()) + "\r\n\r\n";
        }
        wanted.push_back("A: 1\r\n\r\n" + body);
        text += from + wanted.back() + "\n";
    }
    EXPECT_EQ(texts_in(text), wanted);
}

TEST(MboxReader, finds_each_of_many_that_are_larger_than_what_is_searched_at_once) {
    std::string text;
    std::vector<std::string> wanted;
    for (std::size_t number = 0; number < 60; ++number) {
        std::string body;
        while (body.size() < 100'000 + number * 13'337) {
            body += "line " + std::to_string(body.size() * number) + "\n";
        }
        wanted.push_back("A: 1\r\n\r\n");
        for (const char c : body) {
            wanted.back() += c == '\n' ? "\r\n" : std::string(1, c);
        }
        text += from + "A: 1\n\n" + body + "\n";
    }
    EXPECT_TRUE(texts_in(text) == wanted);
}

TEST(MboxReader, takes_lines_of_any_length) {
    const std::string body(3'000'000, 'x');
    EXPECT_EQ(texts_in(from + "A: 1\r\n\r\n" + body + "\r\n\n" + from + "B: 2\r\n\r\ny"),
              (std::vector<std::string>{"A: 1\r\n\r\n" + body + "\r\n", "B: 2\r\n\r\ny"}));
}

TEST(MboxReader, knows_an_mbox_by_its_beginning) {
    EXPECT_TRUE(begins_mbox(from + "A: 1\n"));
    EXPECT_TRUE(begins_mbox("\n\r\n" + from + "A: 1\n"));
    EXPECT_FALSE(begins_mbox("From: joe@example.org\nA: 1\n"));
    EXPECT_FALSE(begins_mbox("From here on\nit goes\n"));
    EXPECT_FALSE(begins_mbox(""));
}

}  // namespace
}  // namespace mailkeep::files
