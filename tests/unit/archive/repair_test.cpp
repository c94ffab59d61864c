// SPDX-License-Identifier: Apache-2.0
// What a repair makes of an archive and a replica of it, whichever of them is damaged how.
#include "mailkeep/archive/repair.hpp"
#include "mailkeep/archive/replica.hpp"

#include "archive_fixture.hpp"
#include "frame.hpp"
#include "seal_fixture.hpp"

#include <sys/stat.h>

namespace mailkeep::archive {
namespace {

constexpr std::size_t in_first_block = file_header_size + frame_header_size + 5;

class RepairTest : public ArchiveTest {
  protected:
    void SetUp() override {
        commit(1, 3);
        commit(4, 4);
        static_cast<void>(replicate(open(), replica(), {}, {}, disk_));
        whole_ = octets_of(ours(0));
    }

    [[nodiscard]] fs::path replica() const { return other_ / "replica"; }

    Repaired repair() { return repair_files(data(), {replica()}, {}, disk_); }

    Repaired repair_alone() { return repair_files(data(), {}, {}, disk_); }

    [[nodiscard]] fs::path ours(std::size_t file) const {
        return data() / "journal" / names.at(file);
    }

    [[nodiscard]] fs::path theirs(std::size_t file) const {
        return replica() / "journal" / names.at(file);
    }

    void expect_whole() {
        const auto archive = open(Access::read_only);
        EXPECT_EQ(mails_in(archive), mails_up_to(4));
        EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
        EXPECT_EQ(journals(data()).size(), 2U);  // no drafts
    }

    static void flip(const fs::path& path, std::size_t at) {
        auto octets = octets_of(path);
        octets.at(at) = static_cast<char>(octets[at] ^ 1);
        put_octets(path, octets);
    }

    [[nodiscard]] std::vector<std::string> trash() const {
        std::vector<std::string> contents;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(data() / "trash", none)) {
            contents.push_back(octets_of(entry.path()));
        }
        return contents;
    }

    const std::vector<std::string> names{"0000000001-000001.mkj", "0000000002-000001.mkj"};
    std::string whole_;
    test::TempDir other_;
    HastyDisk disk_;
};

TEST_F(RepairTest, leaves_a_whole_archive_alone) {
    const auto done = repair();
    EXPECT_EQ(to_text(done.mended), "");
    EXPECT_EQ(to_text(done.lost), "");
    EXPECT_FALSE(fs::exists(data() / "trash"));
    expect_whole();
}

TEST_F(RepairTest, mends_a_flipped_bit_anywhere_from_a_replica_and_keeps_the_damaged_file) {
    for (std::size_t at = 0; at < whole_.size(); at += 5) {
        fs::remove_all(data() / "trash");
        flip(ours(0), at);
        const auto damaged = octets_of(ours(0));
        const auto done = repair();
        ASSERT_EQ(to_text(done.lost), "") << at;
        ASSERT_EQ(done.mended.size(), 1U) << at;
        ASSERT_EQ(octets_of(ours(0)), whole_) << at;
        ASSERT_EQ(trash(), std::vector<std::string>{damaged}) << at;
    }
    expect_whole();
}

TEST_F(RepairTest, mends_any_kind_of_damage_from_a_replica) {
    const auto second = octets_of(ours(1));
    auto doubled = whole_;
    doubled.insert(in_first_block + 50, whole_.substr(in_first_block, 100));
    auto holed = whole_;
    std::fill(holed.begin() + 200, holed.begin() + 900, '\0');
    for (const auto& octets :
         {std::string(), whole_.substr(0, 63), whole_.substr(0, 64), whole_.substr(0, 700), doubled,
          holed, second, std::string(whole_.size(), '\0'), whole_ + second}) {
        put_octets(ours(0), octets);
        EXPECT_EQ(to_text(repair().lost), "");
        ASSERT_EQ(octets_of(ours(0)).substr(0, whole_.size()), whole_);
    }
    put_octets(ours(0), second);  // swapped
    put_octets(ours(1), whole_);
    EXPECT_EQ(repair().mended.size(), 2U);
    expect_whole();
}

TEST_F(RepairTest, mends_what_is_gone_or_is_no_file_any_more) {
    const auto mend = [&] {
        EXPECT_EQ(to_text(repair().lost), "");
        expect_whole();
    };
    fs::remove(ours(0));
    mend();
    fs::remove(ours(1));  // the last one: nothing in the archive tells that it is missing
    mend();
    fs::remove(ours(0));
    fs::create_symlink(theirs(0), ours(0));
    mend();
    fs::remove(ours(0));
    fs::create_directory(ours(0));
    mend();
    fs::remove(ours(0));
    ASSERT_EQ(::mkfifo(ours(0).c_str(), 0600), 0);
    mend();
    fs::remove_all(data() / "journal");
    mend();
}

TEST_F(RepairTest, brings_back_the_end_of_the_last_file) {
    const auto last = octets_of(ours(1));
    for (std::size_t size = 0; size < last.size(); size += 13) {
        put_octets(ours(1), last.substr(0, size));
        ASSERT_EQ(to_text(repair().lost), "") << size;
        ASSERT_EQ(octets_of(ours(1)), last) << size;
    }
    expect_whole();
}

TEST_F(RepairTest, copies_damaged_in_different_frames_make_one_whole_file) {
    const auto batches = batches_of(open(Access::read_only));
    const auto frame_of = [&](std::size_t batch) {
        return batches.at(batch).messages.at(0).location.frame;
    };
    flip(ours(0), frame_of(0) + 40);
    flip(ours(0), 10);  // and the file header
    flip(theirs(0), frame_of(1) + 40);
    flip(theirs(0), frame_of(2) + 3);  // the head of a frame: the next one must be searched
    EXPECT_EQ(to_text(repair().lost), "");
    expect_whole();
    const auto done = replicate(open(), replica(), {.depth = Depth::full}, {}, disk_);
    EXPECT_EQ(to_text(done.problems), "");
    EXPECT_EQ(octets_of(theirs(0)), whole_);
}

TEST_F(RepairTest, two_damaged_copies_without_a_whole_frame_stay_damaged_and_named) {
    flip(ours(0), in_first_block);
    flip(theirs(0), in_first_block + 1);
    const auto damaged = octets_of(ours(0));
    const auto done = repair();
    ASSERT_EQ(done.lost.size(), 1U);
    EXPECT_EQ(done.lost[0].object, "journal/" + names[0]);
    EXPECT_EQ(to_text(done.mended), "");
    EXPECT_EQ(octets_of(ours(0)), damaged);
    EXPECT_FALSE(open(Access::read_only).verify(Depth::full).damaged.empty());
}

TEST_F(RepairTest, what_can_be_mended_is_mended_when_something_else_cannot) {
    const auto batches = batches_of(open(Access::read_only));
    const auto second = batches.at(1).messages.at(0).location.frame + 40;
    flip(ours(0), in_first_block);
    flip(theirs(0), in_first_block);
    flip(ours(0), second);
    const auto done = repair();
    EXPECT_EQ(done.lost.size(), 1U);
    EXPECT_EQ(done.mended.size(), 1U);
    const auto archive = open(Access::read_only);
    EXPECT_EQ(archive.get(batches.at(1).messages.at(0)), mail(2));
    EXPECT_EQ(archive.get(batches.at(2).messages.at(0)), mail(3));
}

TEST_F(RepairTest, finds_a_whole_copy_in_trash) {
    fs::create_directory(data() / "trash");
    put_octets(data() / "trash" / ("journal_" + names[0]), whole_);
    flip(ours(0), in_first_block);
    EXPECT_EQ(to_text(repair_alone().lost), "");
    expect_whole();
}

TEST_F(RepairTest, says_what_is_lost_without_a_replica_and_changes_nothing) {
    flip(ours(0), in_first_block);
    const auto damaged = octets_of(ours(0));
    const auto done = repair_alone();
    EXPECT_EQ(done.lost.size(), 1U);
    EXPECT_EQ(octets_of(ours(0)), damaged);
    EXPECT_TRUE(trash().empty());
}

TEST_F(RepairTest, goes_on_after_a_failure_at_any_step) {
    const auto batches = batches_of(open(Access::read_only));
    const auto damage = [&] {
        put_octets(ours(0), whole_);
        flip(ours(0), in_first_block);
        put_octets(theirs(0), whole_);
        flip(theirs(0), batches.at(1).messages.at(0).location.frame + 40);
    };
    damage();
    FaultyDisk counting;
    static_cast<void>(repair_files(data(), {replica()}, {}, counting));
    ASSERT_GT(counting.calls(), 30);
    for (int call = 1; call <= counting.calls(); ++call) {
        fs::remove_all(data() / "trash");
        damage();
        FaultyDisk faulty;
        faulty.fail_at(call, EIO);
        static_cast<void>(
            error_of([&] { static_cast<void>(repair_files(data(), {replica()}, {}, faulty)); }));
        ASSERT_EQ(to_text(repair().lost), "") << call;
        ASSERT_EQ(octets_of(ours(0)), whole_) << call;
        expect_whole();
    }
}

TEST_F(RepairTest, makes_a_block_anew_from_messages_that_were_stored_again) {
    Batch again;
    again.add_message(mail(1));
    {
        auto archive = open();
        static_cast<void>(archive.commit(again, noon));
    }
    for (const auto at : {std::size_t{file_header_size}, in_first_block,
                          batches_of(open(Access::read_only)).at(0).messages.at(0).size +
                              file_header_size + frame_header_size + 2}) {
        flip(ours(0), at);  // the frame's head, payload and tag
        EXPECT_EQ(to_text(repair_alone().lost), "");
        ASSERT_EQ(octets_of(ours(0)), whole_) << at;
    }
}

TEST_F(RepairTest, brings_back_a_pack_that_is_gone_and_no_journal_that_it_replaced) {
    {
        auto archive = open();
        static_cast<void>(seal_all(archive));
        static_cast<void>(replicate(archive, replica(), {}, {}, disk_));
    }
    const auto pack = files_in(data() / "packs").at(0);
    const auto octets = octets_of(pack);
    fs::remove(pack);
    EXPECT_EQ(to_text(repair().lost), "");
    EXPECT_EQ(octets_of(pack), octets);
    EXPECT_TRUE(journals(data()).empty());
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(4));
}

TEST_F(RepairTest, puts_archive_back_from_a_replica) {
    const auto identity = octets_of(data() / "ARCHIVE");
    for (std::size_t at = 0; at < identity.size(); at += 9) {
        flip(data() / "ARCHIVE", at);
        EXPECT_EQ(repair_identity(data(), {replica()}, disk_).mended.size(), 1U) << at;
        ASSERT_EQ(octets_of(data() / "ARCHIVE"), identity) << at;
    }
    fs::remove(data() / "ARCHIVE");
    EXPECT_EQ(to_text(repair_identity(data(), {replica()}, disk_).lost), "");
    expect_whole();
    fs::remove(data() / "ARCHIVE");
    EXPECT_EQ(repair_identity(data(), {}, disk_).lost.size(), 1U);
}

TEST_F(RepairTest, takes_nothing_from_another_archive_or_from_nowhere) {
    const auto other = other_ / "other";
    Archive::create(other);
    auto error = error_of([&] { static_cast<void>(repair_files(data(), {other}, {}, disk_)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::conflict);
    error = error_of([&] { static_cast<void>(repair_files(data(), {other_ / "no"}, {}, disk_)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::not_found);
}

TEST_F(RepairTest, needs_the_archive_for_itself) {
    const auto archive = open();
    const auto error = error_of([&] { static_cast<void>(repair()); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::in_use);
}

}  // namespace
}  // namespace mailkeep::archive
