// SPDX-License-Identifier: Apache-2.0
// The check in the background on a real archive: what it finds, what it remembers, and when it
// forgets; and that check() names each message a damaged file costs.
#include "mailkeep/archive/repair.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/check.hpp"
#include "mailkeep/sync/health.hpp"
#include "mailkeep/sync/scrub.hpp"
#include "mailkeep/sync/seal.hpp"

#include "sync_fixture.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>

namespace mailkeep::sync {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

constexpr std::chrono::hours day{24};

class ScrubTest : public SyncFixture {
  protected:
    ScrubTest() : SyncFixture(Protocol::imap) { set_log_level(LogLevel::error); }

    /// The ids of the messages.
    std::set<ContentId> keep_mail(int first, int last) {
        archive::Batch batch;
        std::set<ContentId> ids;
        for (int number = first; number <= last; ++number) {
            const auto id = batch.add_message("Subject: letter " + std::to_string(number) +
                                              "\r\n\r\nhello\r\n");
            ids.insert(id);
            batch.add_event({clock.now(),
                             {},
                             Seen{.account = account.id,
                                  .mailbox = "INBOX",
                                  .uid_validity = 7,
                                  .uid = static_cast<Uid>(number),
                                  .unique_id = {},
                                  .content_id = id,
                                  .internal_date = {clock.now(), {}},
                                  .flags = {}}});
        }
        keeper->keep(batch);
        return ids;
    }

    void seal_now() {
        keeper->close_journal();
        static_cast<void>(seal(*archive, *keeper, *catalog, {}, [] {}));
    }

    [[nodiscard]] fs::path pack() const { return data / archive->packs().at(0).name; }

    [[nodiscard]] fs::path journal() const {
        std::set<fs::path> files(fs::directory_iterator(data / "journal"), {});
        return files.empty() ? fs::path() : *files.rbegin();
    }

    static void flip(const fs::path& file, std::uint64_t at) {
        std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
        stream.seekg(static_cast<std::streamoff>(at));
        const auto octet = static_cast<char>(stream.get() ^ 1);
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(octet);
    }

    /// All of the payload of the frame that holds the message.
    void damage(const ContentId& id) {
        const auto location = catalog->stored(id).value().location;
        std::string header(32, '\0');
        std::ifstream(data / location.file, std::ios::binary)
            .seekg(static_cast<std::streamoff>(location.frame))
            .read(header.data(), static_cast<std::streamsize>(header.size()));
        const auto stored =
            static_cast<unsigned char>(header[12]) + 256U * static_cast<unsigned char>(header[13]);
        for (std::uint64_t i = 0; i < stored; ++i) {
            flip(data / location.file, location.frame + header.size() + i);
        }
    }

    /// All that is due; the names of what was looked at.
    std::vector<std::string> scrub_all() {
        std::vector<std::string> objects;
        while (const auto done = scrub(*archive, *catalog, clock.now(), [](std::size_t) {})) {
            objects.push_back(done->object);
            last = *done;
        }
        return objects;
    }

    [[nodiscard]] Health health() const { return health_of(*catalog, clock.now()); }

    [[nodiscard]] std::set<ContentId> named(archive::Depth depth) const {
        std::set<ContentId> ids;
        for (const auto& finding : check(data, depth).damaged) {
            if (finding.message) {
                ids.insert(*finding.message);
            }
        }
        return ids;
    }

    [[nodiscard]] std::set<ContentId> noted() const {
        std::set<ContentId> ids;
        for (const auto& damaged : catalog->damaged()) {
            ids.insert(damaged.content_id);
        }
        return ids;
    }

    Scrubbed last;
};

TEST_F(ScrubTest, looks_at_journals_every_day_and_at_each_pack_in_turn) {
    keep_mail(1, 3);
    seal_now();
    const auto name = archive->packs().at(0).name;
    EXPECT_EQ(health().packs_checked, 1U);  // proven when it was made
    EXPECT_THAT(scrub_all(), testing::ElementsAre("journals"));
    EXPECT_THAT(scrub_all(), IsEmpty());
    clock.advance(day);
    EXPECT_THAT(scrub_all(), testing::ElementsAre("journals", name));
    EXPECT_THAT(scrub_all(), IsEmpty());
    EXPECT_EQ(health().oldest_check, clock.now());
    EXPECT_EQ(health().packs_checked, 1U);
    clock.advance(31 * day);
    EXPECT_EQ(health().packs_checked, 0U);
}

TEST_F(ScrubTest, finds_a_damaged_pack_keeps_the_finding_and_drops_it_when_it_is_whole_again) {
    const auto ids = keep_mail(1, 3);
    seal_now();
    const auto file = pack();
    const auto copy = folder.path() / "copy";
    fs::copy_file(file, copy);
    damage(*ids.begin());
    clock.advance(day);
    scrub_all();
    EXPECT_EQ(last.affected, 3U);  // they stand in one frame
    ASSERT_THAT(health().damaged_packs, SizeIs(1));
    EXPECT_THAT(health().damaged_packs[0].finding, HasSubstr("frame is damaged"));
    EXPECT_EQ(health().damaged_packs[0].affected, 3U);
    EXPECT_EQ(noted(), ids);
    EXPECT_THAT(health().damaged_messages.at(0).known, HasSubstr("letter"));
    EXPECT_THAT(health().damaged_messages.at(0).damage.what, testing::Not(HasSubstr("letter")));
    EXPECT_FALSE(keeper->holds(*ids.begin(), *catalog));  // so it is fetched again where it is seen
    fs::copy_file(copy, file, fs::copy_options::overwrite_existing);
    clock.advance(day);
    scrub_all();
    EXPECT_THAT(last.damaged, IsEmpty());
    EXPECT_THAT(health().damaged_packs, IsEmpty());
    EXPECT_THAT(noted(), IsEmpty());
}

TEST_F(ScrubTest, finds_a_damaged_journal) {
    keep_mail(1, 2);
    keeper->close_journal();
    const auto ids = keep_mail(3, 4);
    damage(*ids.begin());
    scrub_all();
    EXPECT_EQ(last.object, "journals");
    EXPECT_EQ(noted(), ids);
    ASSERT_TRUE(health().journals);
    EXPECT_THAT(health().journals->problem, HasSubstr("journal/"));
    EXPECT_THAT(scrub_all(), IsEmpty());
}

TEST_F(ScrubTest, misses_a_pack_that_is_gone) {
    const auto ids = keep_mail(1, 3);
    seal_now();
    fs::remove(pack());
    EXPECT_EQ(named(archive::Depth::quick), ids);
    scrub_all();
    EXPECT_EQ(noted(), ids);
    EXPECT_THAT(health().journals->problem, HasSubstr("packs"));
}

TEST_F(ScrubTest, remembers_nothing_when_it_is_stopped) {
    keep_mail(1, 3);
    seal_now();
    scrub_all();
    clock.advance(day);
    const auto before = catalog->adopted_packs().at(0).verified_at;
    const auto stop = [](std::size_t) { throw Error(Errc::cancelled, "stopped"); };
    EXPECT_THROW(static_cast<void>(scrub(*archive, *catalog, clock.now(), stop)), Error);
    EXPECT_LT(catalog->chore(catalog::Chore::journals)->at, clock.now());
    EXPECT_EQ(catalog->adopted_packs().at(0).verified_at, before);
    EXPECT_THAT(scrub_all(), SizeIs(2));
}

TEST_F(ScrubTest, asks_before_it_reads_each_octet) {
    keep_mail(1, 3);
    seal_now();
    scrub_all();
    clock.advance(day);
    std::size_t asked = 0;
    const auto count = [&](std::size_t octets) { asked += octets; };
    static_cast<void>(scrub(*archive, *catalog, clock.now(), count));
    asked = 0;
    const auto done = scrub(*archive, *catalog, clock.now(), count);
    ASSERT_TRUE(done);
    EXPECT_GE(asked, fs::file_size(pack()));
    EXPECT_EQ(done->bytes, fs::file_size(pack()));
}

TEST_F(ScrubTest, begins_anew_after_a_rebuild) {
    keep_mail(1, 3);
    seal_now();
    {
        fs::create_directory(folder.path() / "again");
        catalog::Catalog fresh(folder.path() / "again", catalog::Access::read_write);
        apply_missing(*archive, fresh);
        adopt_packs(*archive, fresh, clock.now());
        EXPECT_EQ(health_of(fresh, clock.now()).packs, 1U);
        EXPECT_EQ(health_of(fresh, clock.now()).packs_checked, 0U);
        EXPECT_EQ(health_of(fresh, clock.now()).oldest_check, std::nullopt);
        EXPECT_EQ(scrub(*archive, fresh, clock.now(), [](std::size_t) {})->object, "journals");
        EXPECT_EQ(scrub(*archive, fresh, clock.now(), [](std::size_t) {})->object,
                  archive->packs().at(0).name);
    }
}

TEST_F(ScrubTest, quick_and_full_check_name_the_same_messages_with_what_is_known) {
    const auto sealed = keep_mail(1, 3);
    seal_now();
    keep_mail(4, 5);
    keeper->close_journal();
    const auto open = keep_mail(6, 7);
    damage(*sealed.begin());
    damage(*open.begin());
    auto expected = sealed;
    expected.insert(open.begin(), open.end());
    EXPECT_EQ(named(archive::Depth::quick), expected);
    EXPECT_EQ(named(archive::Depth::full), expected);
    for (const auto& finding : check(data, archive::Depth::quick).damaged) {
        if (finding.message) {
            EXPECT_THAT(finding.known, HasSubstr("\"letter "));
            EXPECT_THAT(finding.known, HasSubstr("post in INBOX, UID "));
        }
    }
}

TEST_F(ScrubTest, check_names_messages_wherever_in_a_pack_the_damage_is) {
    const auto ids = keep_mail(1, 6);
    seal_now();
    const auto file = pack();
    const auto size = fs::file_size(file);
    const auto whole = folder.path() / "whole";
    fs::copy_file(file, whole);
    for (std::uint64_t at = 0; at < size; at += 31) {
        flip(file, at);
        std::set<ContentId> lost;
        const archive::Archive reader(data, archive::Access::read_only);
        for (const auto& id : ids) {
            if (!reader.is_whole(*catalog->stored(id))) {
                lost.insert(id);
            }
        }
        EXPECT_THAT(check(data, archive::Depth::quick).damaged, testing::Not(IsEmpty())) << at;
        EXPECT_EQ(named(archive::Depth::quick), lost) << at;
        fs::copy_file(whole, file, fs::copy_options::overwrite_existing);
    }
}

TEST_F(ScrubTest, a_full_check_is_remembered_and_a_quick_one_only_what_it_found) {
    const auto ids = keep_mail(1, 3);
    seal_now();
    clock.advance(day);
    const auto remember_now = [&](archive::Depth depth) {
        return remember_check(data, {}, depth, check(data, depth), clock.now());
    };
    EXPECT_TRUE(remember_now(archive::Depth::quick));
    EXPECT_LT(catalog->adopted_packs().at(0).verified_at, clock.now());
    EXPECT_EQ(catalog->chore(catalog::Chore::journals), std::nullopt);
    EXPECT_TRUE(remember_now(archive::Depth::full));
    EXPECT_EQ(catalog->adopted_packs().at(0).verified_at, clock.now());
    EXPECT_THAT(scrub_all(), IsEmpty());
    damage(*ids.begin());
    EXPECT_TRUE(remember_now(archive::Depth::quick));
    EXPECT_THAT(health().damaged_packs, SizeIs(1));
    EXPECT_EQ(noted(), ids);
}

TEST_F(ScrubTest, a_check_makes_no_catalog_where_there_is_none) {
    keep_mail(1, 3);
    const auto verdict = archive->verify(archive::Depth::full);
    keeper.reset();
    catalog.reset();
    archive.reset();
    for (const auto& name : catalog::file_names()) {
        fs::remove(data / name);
    }
    EXPECT_FALSE(remember_check(data, {}, archive::Depth::full, verdict, clock.now()));
    EXPECT_FALSE(fs::exists(data / "mailkeep.db"));
}

}  // namespace
}  // namespace mailkeep::sync
