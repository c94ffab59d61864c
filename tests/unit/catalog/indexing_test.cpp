// SPDX-License-Identifier: Apache-2.0
// The search index follows what was applied: what waits, in which order, and that nothing comes in
// twice or stays behind.
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

namespace {

std::uint64_t hits(const Catalog& catalog, std::string_view query) {
    return catalog.search(SearchQuery::parse(query), {}, story_begins, {}).total;
}

std::vector<ContentId> waiting(const Catalog& catalog, std::size_t most = 100) {
    std::vector<ContentId> ids;
    for (const auto& message : catalog.unindexed(most)) {
        ids.push_back(message.content_id);
    }
    return ids;
}

const Letter old_letter{.name = "old",
                        .subject = "old",
                        .text = "anchor",
                        .sent_date = at("2024-01-01T10:00:00Z"),
                        .attachments = {"plan.pdf", ""}};
const Letter new_letter{.name = "new", .subject = "new", .text = "anchor"};

/// Two letters that were applied; the index has taken none of them yet.
class Indexing : public testing::Test {
  protected:
    void SetUp() override {
        story.account(1, "work").mailbox("INBOX").letter(new_letter).letter(old_letter);
        story.seen("old", "INBOX", 1).seen("new", "INBOX", 2).apply_only();
    }

    Story story;
    std::vector<MessageSummary> summaries{summary_of(old_letter), summary_of(new_letter)};
};

}  // namespace

TEST_F(Indexing, waits_newest_first) {
    EXPECT_THAT(waiting(story.catalog), ElementsAre(id_of("new"), id_of("old")));
    EXPECT_THAT(waiting(story.catalog, 1), ElementsAre(id_of("new")));
    EXPECT_EQ(story.catalog.count_unindexed(), 2U);
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
}

TEST_F(Indexing, lists_at_once_what_it_finds_by_words_later) {
    EXPECT_EQ(hits(story.catalog, "in:INBOX"), 2U);
    EXPECT_EQ(hits(story.catalog, "anchor"), 0U);
    EXPECT_EQ(hits(story.catalog, "has:attachment"), 0U);
    story.catalog.index(summaries);
    EXPECT_EQ(hits(story.catalog, "anchor"), 2U);
    EXPECT_EQ(hits(story.catalog, "has:attachment"), 1U);
    EXPECT_EQ(hits(story.catalog, "filename:plan"), 1U);
    EXPECT_EQ(hits(story.catalog, "from:alice"), 2U);
    EXPECT_THAT(story.catalog.message(id_of("old"))->summary.attachments,
                ElementsAre("plan.pdf", ""));
    EXPECT_THAT(waiting(story.catalog), IsEmpty());
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
}

TEST_F(Indexing, remembers_why_words_of_attachments_are_missing_until_they_are_there) {
    auto troubled = summaries;
    troubled[0].troubles = {"broken", "time"};
    story.catalog.index(troubled);
    EXPECT_THAT(story.catalog.troubled_attachments(),
                ElementsAre(Pair("broken", 1U), Pair("time", 1U)));
    story.catalog.drop_search_index();
    troubled[0].troubles = {"", "time"};
    story.catalog.index(troubled);
    EXPECT_THAT(story.catalog.troubled_attachments(), ElementsAre(Pair("time", 1U)));
    story.event(Expired{id_of("old"), AccountId{1}, "INBOX", "30d"}, RunId{}).apply_only();
    EXPECT_THAT(story.catalog.troubled_attachments(), IsEmpty());
}

TEST_F(Indexing, takes_nothing_twice) {
    story.catalog.index(summaries);
    const auto before = story.catalog.fingerprint();
    story.catalog.index(summaries);
    story.letter(old_letter).apply_only();
    EXPECT_EQ(story.catalog.count_unindexed(), 0U);
    story.catalog.index(summaries);
    EXPECT_EQ(story.catalog.fingerprint(), before);
}

TEST_F(Indexing, goes_on_where_it_stopped) {
    story.catalog.index({&summaries[1], 1});
    Catalog again(story.dir.path(), Access::read_write);
    EXPECT_THAT(waiting(again), ElementsAre(id_of("old")));
    EXPECT_EQ(hits(again, "anchor"), 1U);
}

TEST_F(Indexing, passes_over_what_expired_while_it_waited) {
    story.event(Expired{id_of("new"), AccountId{1}, "INBOX", "30d"}, RunId{}).apply_only();
    EXPECT_EQ(story.catalog.dead_words(), 0U);
    EXPECT_EQ(story.catalog.count_unindexed(), 1U);
    story.catalog.index(summaries);
    EXPECT_EQ(hits(story.catalog, "anchor"), 1U);
    story.letter(new_letter).seen("new", "INBOX", 3).apply_only();
    EXPECT_EQ(story.catalog.count_unindexed(), 1U);
    story.catalog.index(summaries);
    EXPECT_EQ(hits(story.catalog, "anchor"), 2U);
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
}

TEST_F(Indexing, leaves_out_what_is_damaged_until_it_is_mended) {
    story.catalog.note_damage({id_of("new"), "is lost", story_begins});
    EXPECT_THAT(waiting(story.catalog), ElementsAre(id_of("old")));
    EXPECT_EQ(story.catalog.count_unindexed(), 1U);
    story.catalog.clear_damage(id_of("new"));
    EXPECT_THAT(waiting(story.catalog), SizeIs(2));
}

TEST_F(Indexing, waits_again_for_all_when_the_index_is_made_anew) {
    story.catalog.index(summaries);
    story.catalog.drop_search_index();
    EXPECT_THAT(waiting(story.catalog), SizeIs(2));
    EXPECT_EQ(hits(story.catalog, "anchor"), 0U);
    story.catalog.index(summaries);
    EXPECT_EQ(hits(story.catalog, "anchor"), 2U);
}

}  // namespace mailkeep::catalog::test
