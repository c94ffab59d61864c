// SPDX-License-Identifier: Apache-2.0
// Sealing with a catalog: it reads from the packs, and says the same as before and as one made
// anew.
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/rebuild.hpp"
#include "mailkeep/sync/seal.hpp"

#include "sync_fixture.hpp"

namespace mailkeep::sync {
namespace {

class SealTest : public SyncFixture {
  protected:
    SealTest() : SyncFixture(Protocol::imap) {
        keep_mail(1, 5);
        keeper->close_journal();
        keep_mail(6, 9);
    }

    void keep_mail(int first, int last) {
        archive::Batch batch;
        for (int number = first; number <= last; ++number) {
            const auto content_id =
                batch.add_message("Subject: " + std::to_string(number) + "\r\n\r\nhello\r\n");
            batch.add_event({clock.now(),
                             {},
                             Seen{.account = account.id,
                                  .mailbox = "INBOX",
                                  .uid_validity = 7,
                                  .uid = static_cast<Uid>(number),
                                  .unique_id = {},
                                  .content_id = content_id,
                                  .internal_date = {clock.now(), std::chrono::minutes{0}},
                                  .flags = {}}});
        }
        keeper->keep(batch);
    }

    Sealed seal_now() {
        catalog::Catalog own(data, catalog::Access::read_write);
        return seal(*archive, *keeper, own, {}, [] {});
    }

    /// Folders the catalog reads messages from, each message read.
    std::set<std::string> folders() {
        std::set<std::string> found;
        catalog->for_each_stored([&](const StoredMessage& message) {
            EXPECT_EQ(sha256(archive->get(message)), message.content_id);
            found.insert(message.location.file.substr(0, message.location.file.find('/')));
        });
        return found;
    }

    using Names = std::set<std::string>;
};

TEST_F(SealTest, lets_the_catalog_read_from_packs_and_say_the_same) {
    index_pending(*keeper, {}, [] {});
    const auto before = catalog->fingerprint();
    keeper->close_journal();
    const auto sealed = seal_now();
    EXPECT_EQ(sealed.messages, 9U);
    EXPECT_EQ(sealed.packs, 1U);
    EXPECT_TRUE(sealed.damaged.empty());
    EXPECT_EQ(folders(), Names{"packs"});
    EXPECT_EQ(catalog->fingerprint(), before);
    ASSERT_EQ(catalog->adopted_packs().size(), 1U);
    EXPECT_EQ(catalog->adopted_packs()[0].name, archive->packs().at(0).name);
    EXPECT_TRUE(std::filesystem::is_empty(data / "journal"));
    EXPECT_EQ(rebuild(*archive).messages, 9U);
    EXPECT_EQ(catalog::Catalog(data, catalog::Access::read_write).fingerprint(), before);
}

TEST_F(SealTest, leaves_the_open_journal_and_goes_on_with_it) {
    EXPECT_EQ(seal_now().messages, 5U);
    EXPECT_EQ(folders(), (Names{"journal", "packs"}));
    keep_mail(10, 12);
    EXPECT_EQ(seal_now().messages, 0U);
    keeper->close_journal();
    EXPECT_EQ(seal_now().messages, 7U);
    EXPECT_EQ(folders(), Names{"packs"});
}

TEST_F(SealTest, merges_packs_and_forgets_those_that_went) {
    for (int number = 10; number < 14; ++number) {
        keep_mail(number, number);
        keeper->close_journal();
        seal_now();
    }
    EXPECT_EQ(archive->packs().size(), 1U);
    EXPECT_EQ(catalog->adopted_packs().size(), 1U);
    EXPECT_EQ(folders(), Names{"packs"});
    catalog->for_each_stored([&](const StoredMessage& message) {
        EXPECT_EQ(message.location.file, archive->packs().at(0).name);
    });
}

TEST_F(SealTest, is_taken_up_after_a_crash_between_archive_and_catalog) {
    const auto before = catalog->fingerprint();
    keeper->close_journal();
    ASSERT_EQ(archive->seal({.dead = {}, .now = clock.now()}, {}).packs.size(), 1U);
    EXPECT_EQ(folders(), Names{"journal"});
    adopt_packs(*archive, *catalog, clock.now());
    EXPECT_EQ(folders(), Names{"packs"});
    EXPECT_TRUE(std::filesystem::is_empty(data / "journal"));
    EXPECT_EQ(catalog->fingerprint(), before);
    adopt_packs(*archive, *catalog, clock.now());
    EXPECT_EQ(catalog->adopted_packs().size(), 1U);
}

TEST_F(SealTest, forgets_packs_that_are_no_more) {
    catalog->adopt("packs/00/gone.mkp", {}, clock.now());
    adopt_packs(*archive, *catalog, clock.now());
    EXPECT_TRUE(catalog->adopted_packs().empty());
}

}  // namespace
}  // namespace mailkeep::sync
