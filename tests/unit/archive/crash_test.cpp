// SPDX-License-Identifier: Apache-2.0
// What a power cut may leave of a journal: any length of it, any sectors of what was not synced.
#include "archive_fixture.hpp"
#include "frame.hpp"

namespace mailkeep::archive {
namespace {

constexpr std::size_t sector = 512;

class CrashTest : public ArchiveTest {
  protected:
    /// Commits three batches and notes where each ends in the one journal file.
    void SetUp() override {
        auto archive = open();
        for (int number = 1; number <= 3; ++number) {
            static_cast<void>(archive.commit(batch_of(number), noon));
            ends_.push_back(fs::file_size(journal()));
        }
        whole_ = octets_of(journal());
    }

    [[nodiscard]] fs::path journal() const { return journals(data()).at(0); }

    [[nodiscard]] int batches_within(std::size_t size) const {
        return static_cast<int>(
            std::count_if(ends_.begin(), ends_.end(), [size](auto end) { return end <= size; }));
    }

    /// Whatever the crash left: reading gives the first `last` batches, and writing goes on.
    void expect_recovery(int last) {
        EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(last));
        commit(last + 1, last + 1);
        const auto archive = open(Access::read_only);
        EXPECT_EQ(mails_in(archive), mails_up_to(last + 1));
        EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
        const auto made = journals(data());
        std::for_each(made.begin() + 1, made.end(), [](const auto& path) { fs::remove(path); });
    }

    std::string whole_;
    std::vector<std::size_t> ends_;
};

TEST_F(CrashTest, truncation_at_any_octet_leaves_the_batches_before_it) {
    for (std::size_t size = 0; size < whole_.size(); ++size) {
        put_octets(journal(), whole_.substr(0, size));
        const auto archive = open(Access::read_only);
        ASSERT_EQ(mails_in(archive), mails_up_to(batches_within(size))) << size;
        ASSERT_EQ(to_text(archive.verify(Depth::full).damaged), "") << size;
        if (size % 16 == 0) {
            expect_recovery(batches_within(size));
        }
    }
}

TEST_F(CrashTest, a_torn_tail_is_noted_and_no_damage) {
    put_octets(journal(), whole_.substr(0, ends_[1] + 100));
    const auto verdict = open(Access::read_only).verify(Depth::full);
    EXPECT_EQ(to_text(verdict.damaged), "");
    EXPECT_EQ(verdict.last_batch, 2U);
    ASSERT_EQ(verdict.notes.size(), 1U);
    EXPECT_EQ(verdict.notes[0].object,
              "journal/0000000001-000001.mkj at " + std::to_string(ends_[1]));
}

TEST_F(CrashTest, any_sectors_lost_from_the_unsynced_tail_leave_the_batches_before_it) {
    std::mt19937 random(20261123);
    const auto synced = ends_[1];
    for (int round = 0; round < 100; ++round) {
        auto torn = whole_;
        for (auto at = synced; at < torn.size();) {
            const auto end = std::min(torn.size(), (at / sector + 1) * sector);
            const auto fate = random() % 3;
            for (auto i = at; i < end && fate != 0; ++i) {
                torn[i] = fate == 1 ? '\0' : static_cast<char>(random());
            }
            at = end;
        }
        torn.resize(synced + random() % (torn.size() - synced + 1));
        put_octets(journal(), torn);
        expect_recovery(torn == whole_ ? 3 : 2);
    }
}

TEST_F(CrashTest, a_file_that_was_only_just_made_is_passed_over) {
    for (const auto& octets :
         {std::string(), std::string(64, '\0'), std::string(64, 'x'), whole_.substr(0, 63),
          whole_.substr(0, 32) + std::string(32, '\0')}) {
        put_octets(data() / "journal/0000000002-000001.mkj", octets);
        const auto verdict = open(Access::read_only).verify(Depth::full);
        EXPECT_EQ(to_text(verdict.damaged), "");
        EXPECT_EQ(verdict.notes.size(), 1U);
        EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(3));
    }
    commit(4, 4);
    EXPECT_EQ(journals(data()).back().filename(), "0000000003-000001.mkj");
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(4));
}

TEST_F(CrashTest, a_new_file_without_batches_makes_later_ones_of_older_files_void) {
    const auto header = decode_file_header(whole_.substr(0, file_header_size));
    ASSERT_TRUE(header);
    auto later = *header;
    later.file_uuid = make_uuid();
    later.n = 2;
    later.batch_before = 2;
    put_octets(data() / "journal/0000000001-000002.mkj", encode(later));
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(2));
    EXPECT_EQ(to_text(open(Access::read_only).verify(Depth::full).damaged), "");
    commit(3, 4);
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(4));
    EXPECT_EQ(to_text(open(Access::read_only).verify(Depth::full).damaged), "");
}

TEST_F(CrashTest, octets_of_a_mail_that_imitate_a_batch_do_not_become_one) {
    // The frames of batch 3, carried inside a message that is stored raw because it is short.
    {
        auto archive = open();
        Batch batch;
        static_cast<void>(batch.add_message(whole_.substr(ends_[1])));
        static_cast<void>(archive.commit(batch, noon));
    }
    const auto second = journals(data()).at(1);
    auto octets = octets_of(second);
    octets[file_header_size + 3] = 'X';  // the real frame is no frame any more
    put_octets(second, octets);
    const auto archive = open(Access::read_only);
    EXPECT_EQ(archive.last_batch(), 3U);
    EXPECT_EQ(mails_in(archive), mails_up_to(3));
    EXPECT_FALSE(archive.verify(Depth::full).damaged.empty());
}

}  // namespace
}  // namespace mailkeep::archive
