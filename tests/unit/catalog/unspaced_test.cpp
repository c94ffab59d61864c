// SPDX-License-Identifier: Apache-2.0
// Runs of scripts without spaces, and mail in them found again through the real index.
#include "mailkeep/base/error.hpp"

#include "archive_story.hpp"
#include "migrate.hpp"
#include "sqlite.hpp"
#include "unspaced.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// The characters of each run, as text.
std::vector<std::string> runs_of(std::string_view text) {
    std::vector<std::string> runs;
    for (auto run = next_unspaced_run(text, 0); !run.characters.empty();
         run = next_unspaced_run(text, run.end)) {
        auto& characters = runs.emplace_back();
        for (const auto& character : run.characters) {
            append_character(characters, character.code);
            EXPECT_LT(character.start, character.end);
        }
        EXPECT_EQ(run.start, run.characters.front().start);
    }
    return runs;
}

std::uint64_t times_found(const Catalog& catalog, std::string_view query) {
    return catalog.search(SearchQuery::parse(query), {}, story_begins, {}).total;
}

/// The name of each letter of the kind that a search finds.
class UnspacedSearch : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        story_ = std::make_unique<Story>();
        const std::vector<Letter> letters{
            {.name = "1", .subject = "zh", .text = "祝你生日快乐,身体健康! Happy birthday"},
            {.name = "2", .subject = "ja 東京出張の件", .text = "来週東京タワーtower へ行きます。"},
            {.name = "3", .subject = "ko", .text = "오늘 회의는 세시에 시작합니다."},
            {.name = "4", .subject = "kana", .text = "ﾃｽﾄﾃﾞｰﾀを送ります"},
            {.name = "5", .subject = "th", .text = "สวัสดีครับ ยินดีต้อนรับ"},
            {.name = "6", .subject = "rare", .text = "姓名: 𠮷野家𠀋 and 葛\U000E0100城"},
            {.name = "7", .subject = "wrapped", .text = "今週の会議は大\r\n阪で行います"},
            {.name = "8", .subject = "lone 京", .text = "第3回 \xE5\xBF \xFF快\xE4\xB9"},
            {.name = "9",
             .subject = "names",
             .attachments = {"か\u3099くせい.pdf", "\u1112\u1161\u11AB글.hwp"}},
        };
        for (const auto& letter : letters) {
            story_->letter(letter);
        }
        story_->apply();
    }

    static void TearDownTestSuite() { story_.reset(); }

    static std::vector<std::string> found(std::string_view query) {
        std::vector<std::string> names;
        for (const auto& item :
             story_->catalog.search(SearchQuery::parse(query), {}, story_begins, {}).page.items) {
            names.push_back(item.subject.substr(0, item.subject.find(' ')));
        }
        return names;
    }

    static std::unique_ptr<Story> story_;
};

std::unique_ptr<Story> UnspacedSearch::story_;

}  // namespace

TEST(UnspacedRuns, end_at_other_scripts_and_punctuation) {
    EXPECT_THAT(runs_of(""), IsEmpty());
    EXPECT_THAT(runs_of("Grüße, мир! 𝔘"), IsEmpty());
    EXPECT_THAT(runs_of("東京"), ElementsAre("東京"));
    EXPECT_THAT(runs_of("a東京b、大阪・神戸 奈良"), ElementsAre("東京", "大阪", "神戸", "奈良"));
    EXPECT_THAT(runs_of("ขอ ฿100"), ElementsAre("ขอ"));
}

TEST(UnspacedRuns, go_on_over_line_breaks_and_variants_but_not_spaces) {
    EXPECT_THAT(runs_of("大\r\n阪\n府"), ElementsAre("大阪府"));
    EXPECT_THAT(runs_of("大\n\n阪 府\n b"), ElementsAre("大", "阪", "府"));
    EXPECT_THAT(runs_of("葛\U000E0100城\uFE00"), ElementsAre("葛城"));
}

TEST(UnspacedRuns, put_together_what_was_taken_apart) {
    EXPECT_THAT(runs_of("ｶﾀｶﾅｰｦﾝ"), ElementsAre("カタカナーヲン"));
    EXPECT_THAT(runs_of("ｶﾞﾊﾟｳﾞｱﾞ"), ElementsAre("ガパヴア\u3099"));
    EXPECT_THAT(runs_of("か\u3099ホ\u309A"), ElementsAre("がポ"));
    EXPECT_THAT(runs_of("\u1112\u1161\u11AB\u1100\u1173\u11AF"), ElementsAre("한글"));
    EXPECT_THAT(runs_of("\u1161\u11AB가\u11A7"), ElementsAre("\u1161\u11AB가\u11A7"));
}

TEST(UnspacedRuns, pass_over_invalid_octets) {
    EXPECT_THAT(runs_of("\xE5\xBF"), IsEmpty());
    EXPECT_THAT(runs_of("\xE5\xBF快\xE4\xB9"), ElementsAre("快"));
    EXPECT_THAT(runs_of("\xF0\x84\xBA\x80"), IsEmpty());  // U+4E80, overlong
    EXPECT_THAT(runs_of("\xF7\xBF\xBF\xBF\xFF\xFE\x80"), IsEmpty());
    EXPECT_THAT(runs_of("𠀋\xF0\xA0\x80"), ElementsAre("𠀋"));
}

TEST(UnspacedRuns, tell_the_octets_they_stand_for) {
    const auto run = next_unspaced_run("a ｶﾞ京", 0);
    ASSERT_EQ(run.characters.size(), 2U);
    EXPECT_EQ(run.start, 2U);
    EXPECT_EQ(run.characters[0].end, 8U);
    EXPECT_EQ(run.characters[1].start, 8U);
    EXPECT_EQ(run.end, 11U);
    EXPECT_TRUE(is_one_unspaced("京"));
    EXPECT_FALSE(is_one_unspaced("東京"));
    EXPECT_FALSE(is_one_unspaced("京a"));
    EXPECT_FALSE(is_one_unspaced(""));
}

TEST_F(UnspacedSearch, finds_words_inside_of_sentences) {
    EXPECT_THAT(found("快乐"), ElementsAre("zh"));
    EXPECT_THAT(found("生日快乐"), ElementsAre("zh"));
    EXPECT_THAT(found("日快"), ElementsAre("zh"));
    EXPECT_THAT(found("乐快"), IsEmpty());
    EXPECT_THAT(found("生日健康"), IsEmpty());
    EXPECT_THAT(found("快乐身体"), IsEmpty());
    EXPECT_THAT(found("東京"), ElementsAre("ja"));
    EXPECT_THAT(found("subject:東京"), ElementsAre("ja"));
    EXPECT_THAT(found("subject:タワー"), IsEmpty());
    EXPECT_THAT(found("body:東京タワー"), ElementsAre("ja"));
    EXPECT_THAT(found("東京出張の件"), ElementsAre("ja"));
    EXPECT_THAT(found("회의"), ElementsAre("ko"));
    EXPECT_THAT(found("시작"), ElementsAre("ko"));
    EXPECT_THAT(found("สวัสดี"), ElementsAre("th"));
    EXPECT_THAT(found("ยินดี"), ElementsAre("th"));
}

TEST_F(UnspacedSearch, finds_one_character_wherever_it_stands) {
    EXPECT_THAT(found("生"), ElementsAre("zh"));          // within
    EXPECT_THAT(found("祝"), ElementsAre("zh"));          // first
    EXPECT_THAT(found("康"), ElementsAre("zh"));          // last
    EXPECT_THAT(found("京"), ElementsAre("lone", "ja"));  // alone, and second of two
    EXPECT_THAT(found("快"), ElementsAre("lone", "zh"));
    EXPECT_THAT(found("快*"), ElementsAre("lone", "zh"));
    EXPECT_THAT(found("subject:京"), ElementsAre("lone", "ja"));
    EXPECT_THAT(found("滅"), IsEmpty());
}

TEST_F(UnspacedSearch, takes_a_phrase_of_several_scripts_exactly) {
    EXPECT_THAT(found("タワーtower"), ElementsAre("ja"));
    EXPECT_THAT(found("\"京タワー tower\""), ElementsAre("ja"));
    EXPECT_THAT(found("\"タワ tower\""), IsEmpty());
    EXPECT_THAT(found("\"ー tower へ\""), ElementsAre("ja"));
    EXPECT_THAT(found("\"tower へ行\""), ElementsAre("ja"));
    EXPECT_THAT(found("\"tower 行\""), IsEmpty());
    EXPECT_THAT(found("第3回"), ElementsAre("lone"));
    EXPECT_THAT(found("快乐 birthday"), ElementsAre("zh"));
    EXPECT_THAT(found("快乐 -birthday"), IsEmpty());
    EXPECT_THAT(found("健康!"), ElementsAre("zh"));
    EXPECT_THAT(found("快乐 OR 東京"), ElementsAre("ja", "zh"));
}

TEST_F(UnspacedSearch, finds_half_width_kana_and_what_is_rare) {
    EXPECT_THAT(found("ﾃﾞｰﾀ"), ElementsAre("kana"));
    EXPECT_THAT(found("データ"), ElementsAre("kana"));
    EXPECT_THAT(found("テータ"), IsEmpty());
    EXPECT_THAT(found("𠮷野"), ElementsAre("rare"));
    EXPECT_THAT(found("𠀋"), ElementsAre("rare"));
    EXPECT_THAT(found("葛城"), ElementsAre("rare"));
    EXPECT_THAT(found("大阪"), ElementsAre("wrapped"));
    EXPECT_THAT(found("filename:がくせい"), ElementsAre("names"));
    EXPECT_THAT(found("filename:한글"), ElementsAre("names"));
    EXPECT_THAT(found("filename:*くせい*"), ElementsAre("names"));
    EXPECT_THAT(found("*がくせい.p*"), ElementsAre("names"));
    EXPECT_THAT(found("*京出張の*"), ElementsAre("ja"));
}

TEST(UnspacedIndex, of_an_older_release_is_made_anew) {
    Story story;
    story.letter({.name = "1", .subject = "one", .text = "祝你生日快乐"}).apply();
    const mailkeep::test::TempDir dir;
    const auto steps = migrations_of(Schema::search);
    {
        migrate(dir / "search.db", std::span(steps).first(2));
        Catalog other(dir.path(), Access::read_write);
        tell(story.told, other);
        EXPECT_EQ(times_found(other, "快乐"), 1U);
    }
    {
        migrate(dir / "old.db", std::span(steps).first(2));
        Database old(dir / "old.db", Access::read_write);
        Database now(dir / "mailkeep.db", Access::read_only);
        auto row = now.statement_once("SELECT catalog, batch FROM applied");
        ASSERT_TRUE(row.step());
        old.statement_once("UPDATE applied SET catalog = ?, batch = ?")
            .bind(Octets{row.text()}, row.integer())
            .run();
    }
    for (const std::string end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(dir / ("search.db" + end));
    }
    std::filesystem::rename(dir / "old.db", dir / "search.db");
    Catalog other(dir.path(), Access::read_write);
    EXPECT_EQ(other.count_unindexed(), 1U);
    other.index(story.told.back().summaries);
    EXPECT_EQ(times_found(other, "快乐"), 1U);
    EXPECT_THAT(other.integrity_findings(), IsEmpty());
}

}  // namespace mailkeep::catalog::test
