// SPDX-License-Identifier: Apache-2.0
// Real archive, real catalog: words come after the commit, survive any interruption, and damage to
// one message keeps none of the others from the index.
#include "mailkeep/catalog/query.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/snippets.hpp"

#include "sync_fixture.hpp"
#include "unit/extract/documents.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace mailkeep::sync {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
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
            keep_message(letter(number));
        }
    }

    void keep_together(int last) {
        archive::Batch batch;
        for (int number = 1; number <= last; ++number) {
            add(batch, letter(number));
        }
        keeper->keep(batch);
    }

    void keep_message(std::string raw) {
        archive::Batch batch;
        add(batch, std::move(raw));
        keeper->keep(batch);
    }

    [[nodiscard]] std::uint64_t found(const std::string& query) const {
        return catalog->search(catalog::SearchQuery::parse(query), {}, clock.now(), {}).total;
    }

    [[nodiscard]] std::uint64_t hits(int number) const {
        return found("word" + std::to_string(number));
    }

    static extract::Setup setup() {
        extract::Setup made;
        made.program = MAILKEEP_EXTRACT_CHILD;
        made.pdftotext = MAILKEEP_FAKE_PDFTOTEXT;
        return made;
    }

  private:
    void add(archive::Batch& batch, std::string raw) {
        const auto id = batch.add_message(std::move(raw));
        batch.add_event({clock.now(), {}, MailboxSeen{account.id, "INBOX", "INBOX", '/', {}, 7}});
        batch.add_event(
            {clock.now(), {}, Seen{account.id, "INBOX", 7, ++last_uid_, {}, id, {}, {}}});
    }

    Uid last_uid_ = 0;
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
    keep_together(2050);
    std::stop_source stop;
    EXPECT_EQ(index_pending(*keeper, stop.get_token(), [&] { stop.request_stop(); }), 2000U);
    EXPECT_EQ(hits(1), 0U);
    EXPECT_EQ(hits(2050), 1U);
    open_again();
    EXPECT_EQ(index_pending(*keeper, {}, [] {}), 50U);
    for (const int number : {1, 50, 51, 2050}) {
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

TEST_F(IndexingTest, shows_what_was_found) {
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
}

TEST_F(IndexingTest, shows_what_stands_after_the_kept_text_and_passes_over_what_cannot_be_read) {
    std::string text(5000, '.');
    const auto raw = joined({"Subject: long\r\n\r\nearly", text, " late\r\n"});
    keep_message(raw);
    index_pending(*keeper, {}, [] {});
    const auto hits = [&](std::string_view text) {
        const auto query = catalog::SearchQuery::parse(text);
        auto page = catalog->search(query, {}, clock.now(), {});
        add_snippets(*archive, *catalog, query, page);
        EXPECT_EQ(page.page.items.size(), 1U);
        const auto& pieces = page.page.items.at(0).snippet;
        return std::count_if(pieces.begin(), pieces.end(),
                             [](const auto& piece) { return piece.is_hit; });
    };
    EXPECT_EQ(hits("early"), 1);
    EXPECT_EQ(hits("late"), 1);
    keeper->close_journal();
    const auto place = catalog->stored(sha256(raw))->location;
    std::fstream file(data / place.file, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(place.frame) + 60).write("????????", 8);
    file.close();
    open_again();
    EXPECT_EQ(hits("early"), 1) << "the index keeps it";
    EXPECT_EQ(hits("late"), 0);
}

TEST_F(IndexingTest, takes_in_words_of_attachments_and_notes_why_some_are_missing) {
    const extract::Attachment docx{"offer.docx", extract::docx_of(extract::paragraph_of("word7"))};
    const extract::Attachment broken{"other.docx", "PK no zip"};
    keep_message(extract::message_with({docx, broken, {"photo.png", "x", "image/png"}}));
    extract::Extractor extractor(setup());
    EXPECT_EQ(index_pending(
                  *keeper, {}, [] {}, &extractor),
              1U);
    EXPECT_EQ(hits(7), 1U);
    EXPECT_EQ(found("body:foreword"), 1U);
    EXPECT_EQ(found("filename:offer"), 1U);
    EXPECT_EQ(found("filename:word7"), 0U);
    EXPECT_THAT(catalog->troubled_attachments(), ElementsAre(Pair("broken", 1U)));
    const auto place = folder.path() / "again";
    std::filesystem::create_directory(place);
    catalog::Catalog again(place, catalog::Access::read_write);
    apply_missing(*archive, again);
    index_all(*archive, again);  // as a check does: reading none of the attachments
    EXPECT_EQ(again.fingerprint(), catalog->fingerprint());
    EXPECT_THAT(again.troubled_attachments(), IsEmpty());
}

TEST_F(IndexingTest, reads_attachments_of_large_messages_and_none_of_huge_ones) {
    const extract::Attachment filler{"filler.bin", std::string(std::size_t{9} << 20, 'f')};
    const extract::Attachment docx{"offer.docx", extract::docx_of(extract::paragraph_of("word7"))};
    keep_message(extract::message_with({filler, docx}));
    const std::string huge(extract::most_message * 3 / 4 + 1, 'h');
    keep_message(extract::message_with({{"huge.txt", huge, "text/plain"}}));
    extract::Extractor extractor(setup());
    EXPECT_EQ(index_pending(
                  *keeper, {}, [] {}, &extractor),
              2U);
    EXPECT_EQ(hits(7), 1U);
    EXPECT_THAT(catalog->troubled_attachments(), ElementsAre(Pair("too_large", 1U)));
}

TEST_F(IndexingTest, leaves_a_message_that_was_stopped_to_the_next_time) {
    keep_message(extract::message_with({{"a.pdf", "%PDF- loop", "application/pdf"}}));
    extract::Extractor extractor(setup());
    std::stop_source stop;
    const std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        stop.request_stop();
    });
    EXPECT_EQ(index_pending(
                  *keeper, stop.get_token(), [] {}, &extractor),
              0U);
    EXPECT_EQ(catalog->count_unindexed(), 1U);
    EXPECT_THAT(catalog->troubled_attachments(), IsEmpty());
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
