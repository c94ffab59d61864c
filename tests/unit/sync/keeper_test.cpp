// SPDX-License-Identifier: Apache-2.0
// Real archive, real catalog: what the archive has before the catalog hears of it is never lost,
// doubled or taken for missing.
#include "sync_fixture.hpp"

#include <chrono>
#include <thread>

namespace mailkeep::sync {

namespace {

class KeeperTest : public SyncFixture {
  protected:
    KeeperTest() : SyncFixture(Protocol::imap) {}

    /// A batch of one message under the next UID.
    ContentId keep_ahead(std::string raw) {
        archive::Batch batch;
        const auto id = batch.add_message(std::move(raw));
        add_seen(batch, id);
        keeper->keep_ahead(batch, {});
        return id;
    }

    void add_seen(archive::Batch& batch, const ContentId& id) {
        batch.add_event(
            {clock.now(), {}, Seen{account.id, "INBOX", 7, ++last_uid_, {}, id, {}, {}}});
    }

    [[nodiscard]] std::uint64_t catalogued() const { return catalog->totals().messages; }

    /// In the eyes of others, for a thread of the keeper may be at work on its own catalog.
    [[nodiscard]] bool comes_to_hold(std::uint64_t messages) const {
        const catalog::Catalog other(data, catalog::Access::read_write);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (other.totals().messages != messages && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return other.totals().messages == messages;
    }

    [[nodiscard]] std::uint64_t placed() const { return catalog->totals().placements; }

  private:
    Uid last_uid_ = 0;
};

}  // namespace

TEST_F(KeeperTest, what_is_ahead_is_held_and_catalogued_when_it_is_asked_for) {
    const auto before = archive->last_batch();
    const auto first = keep_ahead("Subject: one\r\n\r\n1\r\n");
    const auto second = keep_ahead("Subject: two\r\n\r\n2\r\n");
    EXPECT_EQ(archive->last_batch(), before + 2);
    EXPECT_EQ(catalogued(), 0U);
    EXPECT_TRUE(keeper->holds(first, *catalog));
    EXPECT_TRUE(keeper->holds(second, *catalog));
    keeper->catch_up();
    EXPECT_EQ(catalogued(), 2U);
    EXPECT_EQ(placed(), 2U);
    EXPECT_EQ(catalog->applied_up_to(), archive->last_batch());
}

TEST_F(KeeperTest, whatever_keeps_or_indexes_catalogues_first_what_is_ahead) {
    keep_ahead("Subject: one\r\n\r\n1\r\n");
    archive::Batch batch;
    add_seen(batch, batch.add_message("Subject: two\r\n\r\n2\r\n"));
    keeper->keep(batch);
    EXPECT_EQ(placed(), 2U);
    keep_ahead("Subject: three\r\n\r\n3\r\n");
    EXPECT_EQ(keeper->unindexed(10).size(), 3U);
    keep_ahead("Subject: four\r\n\r\n4\r\n");
    keeper->keep_with([&](const catalog::Catalog& settled) {
        EXPECT_EQ(settled.totals().messages, 4U);
        return archive::Batch();
    });
}

TEST_F(KeeperTest, a_message_that_is_ahead_may_be_seen_again) {
    const auto id = keep_ahead("Subject: one\r\n\r\n1\r\n");
    archive::Batch again;
    add_seen(again, id);
    EXPECT_NO_THROW(keeper->keep_ahead(again, {}));
    keeper->catch_up();
    EXPECT_EQ(catalogued(), 1U);
    EXPECT_EQ(placed(), 2U);
}

TEST_F(KeeperTest, the_catalog_follows_by_itself_after_some_seconds) {
    keep_ahead("Subject: one\r\n\r\n1\r\n");
    clock.advance(std::chrono::seconds(11));
    EXPECT_EQ(catalogued(), 0U);
    keep_ahead("Subject: two\r\n\r\n2\r\n");
    EXPECT_TRUE(comes_to_hold(2));
}

TEST_F(KeeperTest, the_catalog_follows_by_itself_after_some_thousand_messages) {
    archive::Batch many;
    for (int number = 0; number < 3999; ++number) {
        add_seen(many, many.add_message(joined({"\r\n", std::to_string(number)})));
    }
    keeper->keep_ahead(many, {});
    EXPECT_EQ(catalogued(), 0U);
    keep_ahead("Subject: the last\r\n\r\n");
    EXPECT_TRUE(comes_to_hold(4000));
}

TEST_F(KeeperTest, what_the_catalog_could_not_take_is_catalogued_from_the_archive) {
    keep_ahead("Subject: one\r\n\r\n1\r\n");
    keep_ahead("Subject: two\r\n\r\n2\r\n");
    catalog::Catalog other(data, catalog::Access::read_write);
    other.together([&] { EXPECT_THROW(keeper->catch_up(), Error); });
    EXPECT_EQ(catalogued(), 0U);
    keep_ahead("Subject: three\r\n\r\n3\r\n");
    keeper->catch_up();
    EXPECT_EQ(placed(), 3U);
    EXPECT_EQ(catalog->applied_up_to(), archive->last_batch());
}

TEST_F(KeeperTest, what_was_ahead_when_the_program_died_is_catalogued_on_opening) {
    keep_ahead("Subject: one\r\n\r\n1\r\n");
    open_again();
    EXPECT_EQ(catalogued(), 0U);
    keeper->catch_up();
    EXPECT_EQ(catalogued(), 1U);
    EXPECT_EQ(placed(), 1U);
}

}  // namespace mailkeep::sync
