// SPDX-License-Identifier: Apache-2.0
// What expires and what is lost: messages that leave the catalog, that come back, and that only
// events tell of; and that a catalog made later, without their octets, amounts to the same.
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

Expired expiry_of(const std::string& name) {
    return {id_of(name), AccountId{1}, "INBOX", "30d from ingest"};
}

/// What the story told, after the archive dropped the octets of a message from some batches.
std::vector<Told> without(std::vector<Told> told, const std::string& name,
                          const std::vector<std::uint64_t>& batches) {
    for (auto& [batch, summaries] : told) {
        if (std::find(batches.begin(), batches.end(), batch.number) != batches.end()) {
            std::erase_if(batch.messages, [&](const StoredMessage& message) {
                return message.content_id == id_of(name);
            });
        }
    }
    return told;
}

std::map<std::string, Digest> fingerprint_of(const std::vector<Told>& told) {
    const mailkeep::test::TempDir dir;
    Catalog catalog(dir.path(), Access::read_write);
    tell(told, catalog);
    EXPECT_THAT(catalog.integrity_findings(), IsEmpty());
    return catalog.fingerprint();
}

std::vector<std::string> subjects(const Catalog& catalog, std::string_view query) {
    std::vector<std::string> found;
    const auto page = catalog.search(SearchQuery::parse(query), {}, story_begins, {});
    EXPECT_EQ(page.total, page.page.items.size());
    for (const auto& item : page.page.items) {
        found.push_back(item.subject);
    }
    return found;
}

void tell_of_three(Story& story) {
    story.account(1, "work").mailbox("INBOX");
    for (const auto* name : {"a", "b", "c"}) {
        story.letter({.name = name, .subject = std::string("letter ") + name, .text = "word"});
    }
    story.seen("a", "INBOX", 1).seen("b", "INBOX", 2, "\\Seen").seen("c", "INBOX", 3).apply();
    story.flags("INBOX", 1, "\\Flagged").gone("INBOX", {1}).apply();
}

}  // namespace

TEST(Expiry, removes_a_message_from_everything_that_can_be_asked) {
    Story story;
    tell_of_three(story);
    const auto at = story.event(expiry_of("a"), RunId{}).apply();
    EXPECT_EQ(story.catalog.message(id_of("a")), std::nullopt);
    EXPECT_THAT(subjects(story.catalog, "word"), ElementsAre("letter c", "letter b"));
    EXPECT_THAT(subjects(story.catalog, "word OR is:gone"), ElementsAre("letter c", "letter b"));
    EXPECT_THAT(subjects(story.catalog, ""), ElementsAre("letter c", "letter b"));
    EXPECT_EQ(story.catalog.totals().messages, 2U);
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
    const auto expired = story.catalog.expired();
    ASSERT_THAT(expired, SizeIs(1));
    EXPECT_EQ(expired[0].what, expiry_of("a"));
    EXPECT_EQ(expired[0].at, at);
    EXPECT_EQ(expired[0].batch, 3U);
}

TEST(Expiry, leaves_no_words_to_a_later_message_of_the_same_minute) {
    Story story;
    tell_of_three(story);
    story.event(expiry_of("a"), RunId{}).apply();
    story.letter({.name = "d", .subject = "letter d", .text = "other"});
    story.seen("d", "INBOX", 4).apply();
    EXPECT_EQ(story.catalog.dead_words(), 1U);
    EXPECT_THAT(subjects(story.catalog, "other"), ElementsAre("letter d"));
    EXPECT_THAT(subjects(story.catalog, "word"), ElementsAre("letter c", "letter b"));
    story.catalog.drop_search_index();
    EXPECT_EQ(story.catalog.dead_words(), 0U);
    EXPECT_THAT(subjects(story.catalog, "word"), IsEmpty());
    tell(story.told, story.catalog);
    EXPECT_THAT(subjects(story.catalog, "word"), ElementsAre("letter c", "letter b"));
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
}

TEST(Expiry, is_over_when_the_message_is_stored_again) {
    Story story;
    tell_of_three(story);
    story.event(expiry_of("a"), RunId{}).apply();
    story.letter({.name = "a", .subject = "letter a", .text = "word"});
    story.seen("a", "INBOX", 9).apply();
    EXPECT_THAT(story.catalog.expired(), IsEmpty());
    EXPECT_THAT(subjects(story.catalog, "word"), SizeIs(3));
    const auto detail = story.catalog.message(id_of("a"));
    ASSERT_TRUE(detail);
    ASSERT_THAT(detail->placements, SizeIs(1));
    EXPECT_EQ(detail->placements[0].uid, 9U);
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
}

TEST(Expiry, gives_the_same_catalog_with_and_without_the_dropped_octets) {
    Story story;
    tell_of_three(story);
    story.event(expiry_of("a"), RunId{}).apply();
    story.letter({.name = "d", .subject = "letter d"}).seen("d", "INBOX", 4).apply();
    EXPECT_EQ(fingerprint_of(without(story.told, "a", {1})), story.catalog.fingerprint());
    story.letter({.name = "a", .subject = "letter a", .text = "word"}).seen("a", "INBOX", 9);
    story.apply();
    EXPECT_EQ(fingerprint_of(without(story.told, "a", {1})), story.catalog.fingerprint());
    EXPECT_NE(fingerprint_of(without(story.told, "a", {1, 5})), story.catalog.fingerprint());
}

TEST(Expiry, gives_the_same_catalog_whichever_copy_was_kept) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "b", .subject = "letter b"});
    const Letter letter{.name = "a", .subject = "letter a", .text = "word", .attachments = {"x"}};
    const Letter undated{.name = "u", .subject = "letter u", .sent_date = std::nullopt};
    story.letter(letter).letter(undated).seen("a", "INBOX", 1, "\\Seen").seen("u", "INBOX", 3);
    story.apply();
    story.letter(letter).letter(undated).seen("a", "INBOX", 2).seen("u", "INBOX", 4).apply();
    for (const auto* name : {"a", "u"}) {
        EXPECT_EQ(fingerprint_of(without(story.told, name, {1})), story.catalog.fingerprint());
        EXPECT_EQ(fingerprint_of(without(story.told, name, {2})), story.catalog.fingerprint());
    }
}

TEST(Expiry, may_name_a_message_nobody_knows) {
    Story story;
    story.event(expiry_of("z"), RunId{}).apply();
    EXPECT_THAT(story.catalog.expired(), SizeIs(1));
    EXPECT_EQ(story.catalog.dead_words(), 0U);
}

TEST(LostMessages, are_listed_as_damaged_with_what_is_known) {
    Story story;
    tell_of_three(story);
    const mailkeep::test::TempDir dir;
    Catalog later(dir.path(), Access::read_write);
    tell(without(story.told, "a", {1}), later);
    EXPECT_EQ(later.stored(id_of("a")), std::nullopt);
    const auto detail = later.message(id_of("a"));
    ASSERT_TRUE(detail);
    EXPECT_FALSE(detail->damage.empty());
    ASSERT_THAT(detail->placements, SizeIs(1));
    EXPECT_EQ(detail->placements[0].mailbox, "INBOX");
    EXPECT_EQ(detail->date, test::at("2024-05-20T08:00:00Z"));  // the internal date
    ASSERT_THAT(later.damaged(), SizeIs(1));
    EXPECT_EQ(later.damaged()[0].content_id, id_of("a"));
    const auto found = later.search(SearchQuery::parse("is:gone"), {}, story_begins, {});
    ASSERT_EQ(found.total, 1U);
    EXPECT_TRUE(found.page.items[0].is_damaged);
    std::size_t stored = 0;
    later.for_each_stored([&](const StoredMessage&) { ++stored; });
    EXPECT_EQ(stored, 2U);
    EXPECT_THAT(later.integrity_findings(), IsEmpty());
}

TEST(LostMessages, are_whole_again_when_a_copy_comes) {
    Story story;
    tell_of_three(story);
    auto told = without(story.told, "a", {1});
    const mailkeep::test::TempDir dir;
    Catalog later(dir.path(), Access::read_write);
    tell(told, later);
    Story again;
    again.told = std::move(told);
    again.letter({.name = "a", .subject = "letter a", .text = "word"});
    CommittedBatch batch;
    batch.number = 3;
    batch.at = story_begins;
    batch.messages.push_back({id_of("a"), 1000, {"journal/2.mkj", 1, 2}});
    const Letter letter{.name = "a", .subject = "letter a", .text = "word"};
    later.apply(batch, std::vector{summary_of(letter)});
    EXPECT_EQ(later.count_unindexed(), 1U);
    later.index(std::vector{summary_of(letter)});
    EXPECT_THAT(later.damaged(), IsEmpty());
    EXPECT_THAT(subjects(later, "word"), SizeIs(3));
    EXPECT_EQ(later.message(id_of("a"))->placements.at(0).message.size, 1000U);
    EXPECT_THAT(later.integrity_findings(), IsEmpty());
}

TEST(LostMessages, that_were_noted_as_damaged_are_whole_again_when_stored_again) {
    Story story;
    tell_of_three(story);
    story.catalog.note_damage({id_of("b"), "its frame is torn", story_begins});
    EXPECT_FALSE(story.catalog.message(id_of("b"))->damage.empty());
    story.letter({.name = "b", .subject = "letter b"}).apply();
    EXPECT_TRUE(story.catalog.message(id_of("b"))->damage.empty());
}

TEST(Holds, are_placed_replaced_and_lifted) {
    Story story;
    const Hold first{"case 7", AccountId{1}, "Contracts*", "court order"};
    const auto when = story.event(HoldPlaced{first}, RunId{}).apply();
    ASSERT_THAT(story.catalog.holds(), SizeIs(1));
    EXPECT_EQ(story.catalog.holds()[0].hold, first);
    EXPECT_EQ(story.catalog.holds()[0].placed_at, when);
    story.event(HoldPlaced{{"case 7", {}, "", "all of it"}}, RunId{}).apply();
    ASSERT_THAT(story.catalog.holds(), SizeIs(1));
    EXPECT_EQ(story.catalog.holds()[0].hold.reason, "all of it");
    story.event(HoldLifted{"case 7"}, RunId{}).event(HoldLifted{"case 8"}, RunId{}).apply();
    EXPECT_THAT(story.catalog.holds(), IsEmpty());
}

TEST(KeptMessages, come_with_all_their_stays) {
    Story story;
    tell_of_three(story);
    story.mailbox("Archive").seen("b", "Archive", 1).apply();
    std::map<ContentId, std::vector<Stay>> stays;
    story.catalog.for_each_kept(
        [&](const KeptMessage& message) { stays[message.content_id] = message.stays; });
    ASSERT_THAT(stays, SizeIs(3));
    ASSERT_THAT(stays[id_of("b")], SizeIs(2));
    EXPECT_EQ(stays[id_of("b")][1].mailbox, "Archive");
    ASSERT_THAT(stays[id_of("a")], SizeIs(1));
    EXPECT_TRUE(stays[id_of("a")][0].gone_at.has_value());
    EXPECT_FALSE(stays[id_of("a")][0].deleted_by_us);
    EXPECT_EQ(stays[id_of("c")][0].seen_at, story_begins);
}

TEST(ClockReadings, are_remembered) {
    Story story;
    EXPECT_EQ(story.catalog.clock_reading(), std::nullopt);
    const ClockReading reading{story_begins, "boot-1", std::chrono::milliseconds{77}};
    story.catalog.note_clock({});
    story.catalog.note_clock(reading);
    EXPECT_EQ(story.catalog.clock_reading(), reading);
}

TEST(Trash, counts_the_runs_that_ended_since) {
    Story story;
    const auto run_one = [&] {
        auto run =
            story.catalog.run(story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins));
        run->state = RunState::done;
        run->finished = story_begins;
        story.catalog.finish_run(*run);
    };
    run_one();
    story.catalog.note_trashed("x.mkp", story_begins);
    run_one();
    static_cast<void>(story.catalog.start_run(AccountId{1}, RunKind::mirror, story_begins));
    story.catalog.note_trashed("x.mkp", story_begins + std::chrono::hours{1});
    ASSERT_THAT(story.catalog.trashed(), SizeIs(1));
    EXPECT_EQ(story.catalog.trashed()[0].since, story_begins);
    EXPECT_EQ(story.catalog.trashed()[0].runs_since, 1U);
    story.catalog.forget_trashed("x.mkp");
    EXPECT_THAT(story.catalog.trashed(), IsEmpty());
}

}  // namespace mailkeep::catalog::test
