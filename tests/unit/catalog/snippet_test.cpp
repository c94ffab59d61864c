// SPDX-License-Identifier: Apache-2.0
// What a list of hits shows of a text.
#include "mailkeep/base/text.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"

#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

namespace {

class Snippet : public testing::Test {
  protected:
    static void SetUpTestSuite() { story_ = std::make_unique<Story>(); }

    static void TearDownTestSuite() { story_.reset(); }

    /// With what was found in brackets.
    static std::string snippet(std::string_view query, std::string_view text) {
        std::string shown;
        for (const auto& piece : story_->catalog.snippet(SearchQuery::parse(query), text)) {
            EXPECT_FALSE(piece.text.empty());
            shown += piece.is_hit ? "[" + piece.text + "]" : piece.text;
        }
        return shown;
    }

    static std::unique_ptr<Story> story_;
};

std::unique_ptr<Story> Snippet::story_;

const std::string filler = "These words are here to fill a text so that it must be cut somewhere. ";

}  // namespace

TEST_F(Snippet, marks_what_was_found) {
    EXPECT_EQ(snippet("muller", "To Müller, from MULLER"), "To [Müller], from [MULLER]");
    EXPECT_EQ(snippet("mull*", "To Müller"), "To [Müller]");
    EXPECT_EQ(snippet("\"the report\"", "the report, report the"), "[the report], report the");
    EXPECT_EQ(snippet("body:late OR (early -x)", "late x early"), "[late] x [early]");
    EXPECT_EQ(snippet("a b", "a b"), "[a] [b]");
    EXPECT_EQ(snippet("\"a b\" \"b c\"", "a b c"), "[a b c]");
}

TEST_F(Snippet, says_nothing_where_the_text_says_none_of_it) {
    EXPECT_EQ(snippet("late", "early"), "");
    EXPECT_EQ(snippet("late", ""), "");
    EXPECT_EQ(snippet("", "late"), "");
    EXPECT_EQ(snippet("from:late is:read -late *late*", "late"), "");
    EXPECT_EQ(snippet("!!", "late !!"), "");
    EXPECT_EQ(snippet("\"late late\"", "late"), "");
}

TEST_F(Snippet, marks_words_of_scripts_without_spaces) {
    EXPECT_EQ(snippet("快乐", "祝你生日快乐,身体"), "祝你生日[快乐],身体");
    EXPECT_EQ(snippet("生日快乐", "祝你生日快乐"), "祝你[生日快乐]");
    EXPECT_EQ(snippet("生", "祝你生日"), "祝你[生]日");
    EXPECT_EQ(snippet("乐", "快乐"), "快[乐]");
    EXPECT_EQ(snippet("大阪", "は大\r\n阪で"), "は[大 阪]で");
}

TEST_F(Snippet, shows_where_most_of_it_stands_on_one_line) {
    std::string text = "late ";
    for (int i = 0; i < 20; ++i) {
        text += filler;
    }
    const auto shown = snippet("late report", text + "the\r\n  report is \t late, " + text);
    EXPECT_NE(shown.find("somewhere. the [report] is [late], [late] These"), std::string::npos)
        << shown;
    EXPECT_EQ(shown.find("…"), 0U);
    EXPECT_EQ(shown.rfind("…"), shown.size() - std::string("…").size());
    EXPECT_LT(shown.size(), 250U);
    EXPECT_EQ(snippet("late", text).substr(0, 12), "[late] These");
}

TEST_F(Snippet, never_cuts_a_character) {
    std::string text;
    for (int i = 0; i < 200; ++i) {
        text += i == 100 ? "京" : "é";
    }
    for (std::size_t skipped = 0; skipped < 3; ++skipped) {
        const auto pieces =
            story_->catalog.snippet(SearchQuery::parse("京"), std::string(skipped, '-') + text);
        ASSERT_EQ(pieces.size(), 3U);
        for (const auto& piece : pieces) {
            EXPECT_EQ(piece.text.find("\xEF\xBF\xBD"), std::string::npos);
            EXPECT_TRUE(is_valid_utf8(piece.text));
        }
    }
}

}  // namespace mailkeep::catalog::test
