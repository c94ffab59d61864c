// SPDX-License-Identifier: Apache-2.0
// Real archive, real catalog: words come after the commit, survive any interruption, and damage to
// one message keeps none of the others from the index.
#include "mailkeep/catalog/query.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/snippets.hpp"

#include "sync_fixture.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace mailkeep::sync {

using testing::IsEmpty;
using testing::SizeIs;

namespace {

class IndexingTest : public SyncFixture {
  protected:
    IndexingTest() : SyncFixture(Protocol::imap) {}

    static std::string letter(int number) {
        return joined({"Subject: letter\r\nDate: Mon, 01 Jun 2026 10:00:00 +0000\r\n\r\nword",
                       std::to_string(number), "\r\n"});
    }

    /// One batch each.
    void keep(int first, int last) {
        for (int number = first; number <= last; ++number) {
            archive::Batch batch;
            const auto id = batch.add_message(letter(number));
            batch.add_event(
                {clock.now(), {}, MailboxSeen{account.id, "INBOX", "INBOX", '/', {}, 7}});
            batch.add_event(
                {clock.now(),
                 {},
                 Seen{account.id, "INBOX", 7, static_cast<Uid>(number), {}, id, {}, {}}});
            keeper->keep(batch);
        }
    }

    [[nodiscard]] std::uint64_t hits(int number) const {
        return catalog
            ->search(catalog::SearchQuery::parse("word" + std::to_string(number)), {}, clock.now(),
                     {})
            .total;
    }

    void open_again() {
        keeper.reset();
        catalog.reset();
        archive.reset();
        archive.emplace(data, archive::Access::read_write);
        catalog.emplace(data, catalog::Access::read_write);
        keeper.emplace(*archive, *catalog, clock);
    }
};

}  // namespace

TEST_F(IndexingTest, takes_in_words_after_the_commit) {
    keep(1, 3);
    EXPECT_EQ(hits(2), 0U);
    EXPECT_EQ(index_pending(*keeper, {}, [] {}), 3U);
    EXPECT_EQ(hits(2), 1U);
    EXPECT_EQ(index_pending(*keeper, {}, [] {}), 0U);
    EXPECT_THAT(catalog->integrity_findings(), IsEmpty());
}

TEST_F(IndexingTest, goes_on_after_a_stop_and_another_opening) {
    keep(1, 250);
    std::stop_source stop;
    EXPECT_EQ(index_pending(*keeper, stop.get_token(), [&] { stop.request_stop(); }), 200U);
    EXPECT_EQ(hits(1), 0U);
    EXPECT_EQ(hits(250), 1U);
    open_again();
    EXPECT_EQ(index_pending(*keeper, {}, [] {}), 50U);
    for (const int number : {1, 50, 51, 250}) {
        EXPECT_EQ(hits(number), 1U) << number;
    }
    EXPECT_THAT(catalog->integrity_findings(), IsEmpty());
}

TEST_F(IndexingTest, notes_what_cannot_be_read_and_takes_the_rest) {
    keep(1, 2);
    keeper->close_journal();
    const auto place = catalog->stored(sha256(letter(1)))->location;
    keep(3, 3);
    std::fstream file(data / place.file, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(place.frame) + 60).write("????????", 8);
    file.close();
    open_again();
    EXPECT_EQ(index_pending(*keeper, {}, [] {}), 2U);
    EXPECT_EQ(hits(3), 1U);
    ASSERT_THAT(catalog->damaged(), SizeIs(1));
    EXPECT_EQ(catalog->damaged().front().content_id, sha256(letter(1)));
    EXPECT_EQ(catalog->count_unindexed(), 0U);
    EXPECT_EQ(index_pending(*keeper, {}, [] {}), 0U);
}

TEST_F(IndexingTest, shows_what_was_found_and_passes_over_what_cannot_be_read) {
    keep(1, 2);
    index_pending(*keeper, {}, [] {});
    const auto found = [&](std::string_view text) {
        const auto query = catalog::SearchQuery::parse(text);
        auto page = catalog->search(query, {}, clock.now(), {});
        add_snippets(*archive, *catalog, query, page);
        EXPECT_EQ(page.page.items.size(), 2U);
        return std::pair(page.page.items.at(0).snippet, page.page.items.at(1).snippet);
    };
    const std::vector<catalog::SnippetPiece> first{{"word1", true}};
    const std::vector<catalog::SnippetPiece> second{{"word2", true}};
    EXPECT_EQ(found("word*"), std::pair(second, first));
    EXPECT_EQ(found("subject:letter"), std::pair(decltype(first){}, decltype(first){}));
    keeper->close_journal();
    const auto place = catalog->stored(sha256(letter(1)))->location;
    std::fstream file(data / place.file, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(place.frame) + 60).write("????????", 8);
    file.close();
    open_again();
    EXPECT_EQ(found("word*"), std::pair(second, decltype(first){}));
}

TEST_F(IndexingTest, makes_the_same_of_a_catalog_made_anew) {
    keep(1, 5);
    index_pending(*keeper, {}, [] {});
    const auto place = folder.path() / "again";
    std::filesystem::create_directory(place);
    catalog::Catalog again(place, catalog::Access::read_write);
    apply_missing(*archive, again);
    index_all(*archive, again);
    EXPECT_EQ(again.fingerprint(), catalog->fingerprint());
}

}  // namespace mailkeep::sync
