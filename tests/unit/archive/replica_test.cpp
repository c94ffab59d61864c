// SPDX-License-Identifier: Apache-2.0
// A second copy: what it has after every kind of interruption and damage, on either side.
#include "mailkeep/archive/log.hpp"
#include "mailkeep/archive/replica.hpp"

#include "frame.hpp"
#include "seal_fixture.hpp"

namespace mailkeep::archive {
namespace {

class ReplicaTest : public ArchiveTest {
  protected:
    [[nodiscard]] fs::path replica() const { return other_ / "replica"; }

    Replicated copy(Depth depth = Depth::quick) {
        return replicate(open(), replica(), {.depth = depth}, {}, disk_);
    }

    [[nodiscard]] Archive open_replica() { return {replica(), Access::read_only, disk_}; }

    /// The replica is an archive with the first `last` batches and no damage.
    void expect_replica(int last) {
        const auto archive = open_replica();
        EXPECT_EQ(mails_in(archive), mails_up_to(last));
        const auto verdict = archive.verify(Depth::full);
        EXPECT_EQ(to_text(verdict.damaged), "");
        EXPECT_EQ(verdict.last_batch, static_cast<std::uint64_t>(last));
    }

    [[nodiscard]] fs::path ours(std::size_t file) const { return journals(data()).at(file); }

    [[nodiscard]] fs::path theirs(std::size_t file) const { return journals(replica()).at(file); }

    static void flip(const fs::path& path, std::size_t at) {
        auto octets = octets_of(path);
        octets.at(at) = static_cast<char>(octets[at] ^ 1);
        put_octets(path, octets);
    }

    test::TempDir other_;
    HastyDisk disk_;
};

constexpr std::size_t in_the_first_block = file_header_size + frame_header_size + 5;

TEST_F(ReplicaTest, a_replica_is_an_archive_with_all_that_was_committed) {
    commit(1, 2);
    commit(3, 3);
    const auto done = copy();
    EXPECT_EQ(done.copied, 3U);
    EXPECT_EQ(done.verified, 3U);
    EXPECT_EQ(done.last_batch, 3U);
    EXPECT_EQ(to_text(done.problems), "");
    expect_replica(3);
    EXPECT_EQ(open_replica().uuid(), open(Access::read_only).uuid());
    EXPECT_FALSE(fs::exists(replica() / "keys/master.key"));
}

TEST_F(ReplicaTest, a_second_time_copies_only_what_is_new) {
    commit(1, 2);
    static_cast<void>(copy());
    const auto idle = copy();
    EXPECT_EQ(idle.copied, 0U);
    EXPECT_EQ(idle.bytes, 0U);
    EXPECT_EQ(idle.already_there, 2U);
    commit(3, 3);
    const auto grown = copy();
    EXPECT_EQ(grown.copied, 1U);
    EXPECT_EQ(grown.bytes, fs::file_size(ours(1)));
    expect_replica(3);
}

TEST_F(ReplicaTest, journals_and_packs_go_once_packs_there_hold_what_was_in_them) {
    commit(1, 2);
    static_cast<void>(copy());
    {
        auto archive = open();
        seal_all(archive);
    }
    EXPECT_EQ(to_text(copy().problems), "");
    EXPECT_TRUE(journals(replica()).empty());
    expect_replica(2);
    for (int number = 3; number <= 5; ++number) {
        commit(number, number);
        auto archive = open();
        seal_all(archive);
        static_cast<void>(replicate(archive, replica(), {}, {}, disk_));
    }
    {
        auto archive = open();
        const auto merged = archive.merge({.dead = {}, .now = noon}, {});
        ASSERT_EQ(merged.replaced.size(), 4U);
        archive.retire(merged);
    }
    EXPECT_EQ(to_text(copy().problems), "");
    EXPECT_EQ(open_replica().packs().size(), 1U);
    EXPECT_EQ(files_in(replica() / "packs").size(), 1U);
    EXPECT_EQ(files_in(replica() / "trash").size(), 4U);
    expect_replica(5);
}

TEST_F(ReplicaTest, the_open_journal_is_copied_up_to_its_last_batch_and_extended_later) {
    auto archive = open();
    for (int number = 1; number <= 3; ++number) {
        static_cast<void>(archive.commit(batch_of(number), noon));
        const auto done = replicate(archive, replica(), {}, {}, disk_);
        EXPECT_EQ(done.copied, number == 1 ? 2U : 1U);
        EXPECT_EQ(octets_of(theirs(0)), octets_of(ours(0)));
        expect_replica(number);
    }
}

TEST_F(ReplicaTest, octets_behind_the_last_acknowledged_batch_are_not_copied) {
    auto archive = open();
    static_cast<void>(archive.commit(batch_of(1), noon));
    const auto whole = octets_of(ours(0));
    put_octets(ours(0), whole + std::string(5000, 'x'));
    EXPECT_EQ(to_text(replicate(archive, replica(), {}, {}, disk_).problems), "");
    EXPECT_EQ(octets_of(theirs(0)), whole);
}

TEST_F(ReplicaTest, refuses_places_that_are_not_apart_from_the_archive) {
    const auto archive = open();
    for (const auto& place :
         {data(), data() / "replica", data() / "journal", data() / "..", data() / "../data/x"}) {
        const auto error =
            error_of([&] { static_cast<void>(replicate(archive, place, {}, {}, disk_)); });
        ASSERT_TRUE(error) << place;
        EXPECT_EQ(error->code(), Errc::invalid) << place;
    }
    fs::create_directory_symlink(data(), replica());
    EXPECT_TRUE(error_of([&] { static_cast<void>(copy()); }));
}

TEST_F(ReplicaTest, refuses_another_archive_and_other_files) {
    Archive::create(replica());
    auto error = error_of([&] { static_cast<void>(copy()); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::conflict);
    fs::remove_all(replica());
    fs::create_directory(replica());
    put_octets(replica() / "holiday.jpg", "octets");
    error = error_of([&] { static_cast<void>(copy()); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::conflict);
    EXPECT_EQ(octets_of(replica() / "holiday.jpg"), "octets");
}

TEST_F(ReplicaTest, an_empty_folder_is_no_replica_where_one_must_exist) {
    fs::create_directory(replica());
    const auto archive = open();
    const ReplicaOptions options{.state = ReplicaState::must_exist};
    const auto again = [&] {
        static_cast<void>(replicate(archive, replica(), options, {}, disk_));
    };
    const auto error = error_of(again);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::not_found);
    EXPECT_TRUE(fs::is_empty(replica()));
    static_cast<void>(replicate(archive, replica(), {}, {}, disk_));
    EXPECT_FALSE(error_of(again));
}

TEST_F(ReplicaTest, one_at_a_time_writes_to_a_replica) {
    commit(1, 1);
    static_cast<void>(copy());
    const Archive other(replica(), Access::read_write, disk_);
    const auto error = error_of([&] { static_cast<void>(copy()); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::in_use);
}

TEST_F(ReplicaTest, goes_on_after_a_failure_at_any_step) {
    commit(1, 2);
    commit(3, 3);
    FaultyDisk counting;
    static_cast<void>(replicate(open(), other_ / "count", {}, {}, counting));
    ASSERT_GT(counting.calls(), 30);
    for (int call = 1; call <= counting.calls(); ++call) {
        fs::remove_all(replica());
        FaultyDisk faulty;
        faulty.fail_at(call, EIO);
        static_cast<void>(
            error_of([&] { static_cast<void>(replicate(open(), replica(), {}, {}, faulty)); }));
        ASSERT_EQ(to_text(copy().problems), "") << call;
        expect_replica(3);
        ASSERT_EQ(octets_of(theirs(0)), octets_of(ours(0))) << call;
        ASSERT_EQ(octets_of(theirs(1)), octets_of(ours(1))) << call;
    }
}

TEST_F(ReplicaTest, goes_on_after_a_failure_at_any_step_of_extending) {
    auto archive = open();
    static_cast<void>(archive.commit(batch_of(1), noon));
    static_cast<void>(replicate(archive, replica(), {}, {}, disk_));
    const auto before = octets_of(theirs(0));
    static_cast<void>(archive.commit(batch_of(2), noon));
    FaultyDisk counting;
    static_cast<void>(replicate(archive, replica(), {}, {}, counting));
    for (int call = 1; call <= counting.calls(); ++call) {
        put_octets(theirs(0), before);
        FaultyDisk faulty;
        faulty.fail_at(call, ENOSPC);
        static_cast<void>(
            error_of([&] { static_cast<void>(replicate(archive, replica(), {}, {}, faulty)); }));
        EXPECT_EQ(mails_in(open_replica()).at(0), mail(1)) << call;
        static_cast<void>(replicate(archive, replica(), {}, {}, disk_));
        ASSERT_EQ(octets_of(theirs(0)), octets_of(ours(0))) << call;
    }
    EXPECT_EQ(journals(replica()).size(), 1U);  // no marks, no drafts
}

TEST_F(ReplicaTest, zeros_that_a_crash_left_while_extending_are_found_by_the_next_call) {
    auto archive = open();
    static_cast<void>(archive.commit(batch_of(1), noon));
    static_cast<void>(replicate(archive, replica(), {}, {}, disk_));
    const auto before = octets_of(theirs(0));
    static_cast<void>(archive.commit(batch_of(2), noon));
    // Written and never synced: the end reached the disk, what stands before it did not.
    auto torn = octets_of(ours(0));
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(before.size()), torn.end() - 4096 / 16,
              '\0');
    put_octets(theirs(0), torn);
    put_octets(theirs(0).string() + ".growing", "");
    EXPECT_EQ(to_text(replicate(archive, replica(), {}, {}, disk_).problems), "");
    EXPECT_EQ(octets_of(theirs(0)), octets_of(ours(0)));
}

TEST_F(ReplicaTest, what_is_damaged_in_the_replica_is_copied_again) {
    commit(1, 2);
    commit(3, 3);
    static_cast<void>(copy());
    const auto whole = octets_of(ours(0));
    const auto at = static_cast<std::ptrdiff_t>(in_the_first_block);
    auto holed = whole;
    std::fill(holed.begin() + at, holed.begin() + at + 200, '\0');
    auto doubled = whole;
    doubled.insert(in_the_first_block, whole.substr(in_the_first_block, 100));
    for (const auto& octets : {whole.substr(0, 100), std::string(), holed, doubled,
                               octets_of(ours(1)), std::string(whole.size(), '\0')}) {
        put_octets(theirs(0), octets);
        EXPECT_EQ(to_text(copy(Depth::full).problems), "");
        ASSERT_EQ(octets_of(theirs(0)), whole);
    }
    expect_replica(3);
}

TEST_F(ReplicaTest, a_flipped_bit_anywhere_in_the_replica_is_mended_by_a_full_copy) {
    commit(1, 1);
    static_cast<void>(copy());
    const auto whole = octets_of(ours(0));
    for (std::size_t at = 0; at < whole.size(); at += 7) {
        flip(theirs(0), at);
        ASSERT_EQ(to_text(copy(Depth::full).problems), "") << at;
        ASSERT_EQ(octets_of(theirs(0)), whole) << at;
    }
    flip(replica() / "ARCHIVE", 40);  // a digit of the uuid
    EXPECT_EQ(to_text(copy().problems), "");
    EXPECT_EQ(octets_of(replica() / "ARCHIVE"), octets_of(data() / "ARCHIVE"));
}

TEST_F(ReplicaTest, a_whole_file_there_is_never_overwritten_by_a_damaged_one_here) {
    commit(1, 2);
    commit(3, 3);
    static_cast<void>(copy());
    const auto whole = octets_of(theirs(0));
    for (std::size_t at = 0; at < whole.size(); at += 11) {
        put_octets(ours(0), whole);
        flip(ours(0), at);
        const auto problems = copy(Depth::full).problems;
        ASSERT_FALSE(problems.empty()) << at;
        EXPECT_EQ(problems[0].object, "journal/0000000001-000001.mkj");
        EXPECT_NE(problems[0].what.find("repair"), std::string::npos);
        ASSERT_EQ(octets_of(theirs(0)), whole) << at;
    }
    flip(data() / "ARCHIVE", 20);
    EXPECT_TRUE(error_of([&] { static_cast<void>(copy()); }));  // it cannot be opened
    expect_replica(3);
}

TEST_F(ReplicaTest, a_file_lost_here_stays_there) {
    commit(1, 2);
    commit(3, 3);
    static_cast<void>(copy());
    fs::remove(ours(0));
    const auto problems = copy(Depth::full).problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].object, "journal/0000000001-000001.mkj");
    expect_replica(3);
}

TEST_F(ReplicaTest, what_is_new_behind_damage_is_copied_all_the_same) {
    auto archive = open();
    static_cast<void>(archive.commit(batch_of(1), noon));
    static_cast<void>(replicate(archive, replica(), {}, {}, disk_));
    flip(ours(0), in_the_first_block);
    static_cast<void>(archive.commit(batch_of(2), noon));
    const auto done = replicate(archive, replica(), {.depth = Depth::full}, {}, disk_);
    EXPECT_FALSE(done.problems.empty());
    expect_replica(2);
}

TEST_F(ReplicaTest, a_replica_written_to_on_its_own_is_left_alone) {
    commit(1, 1);
    static_cast<void>(copy());
    {
        Archive stray(replica(), Access::read_write, disk_);
        static_cast<void>(stray.commit(batch_of(7), noon));
    }
    const auto stray = octets_of(theirs(1));
    commit(2, 2);
    const auto problems = copy(Depth::full).problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].object, "journal/0000000002-000001.mkj");
    EXPECT_EQ(octets_of(theirs(1)), stray);
}

TEST_F(ReplicaTest, what_packs_have_replaced_goes_from_the_replica_too) {
    for (int number = 1; number <= 4; ++number) {
        commit(number, number);
        EXPECT_EQ(to_text(copy().problems), "");
        auto archive = open();
        static_cast<void>(seal_all(archive));
    }
    EXPECT_EQ(to_text(copy().problems), "");
    EXPECT_TRUE(journals(replica()).empty());
    expect_replica(4);
    {
        auto archive = open();
        const auto merged = archive.merge({.dead = {}, .now = noon}, {});
        ASSERT_EQ(merged.replaced.size(), 4U);
        archive.retire(merged);
    }
    EXPECT_EQ(to_text(copy().problems), "");
    EXPECT_EQ(files_in(replica() / "packs").size(), 1U);
    expect_replica(4);
}

TEST_F(ReplicaTest, links_pipes_and_folders_in_place_of_files_are_put_aside) {
    commit(1, 1);
    static_cast<void>(copy());
    const auto place = theirs(0);
    fs::remove(place);
    fs::create_symlink(ours(0), place);
    EXPECT_EQ(to_text(copy().problems), "");
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(place)));
    fs::remove(place);
    fs::create_directory(place);
    EXPECT_EQ(to_text(copy().problems), "");
    expect_replica(1);
}

TEST_F(ReplicaTest, keeps_of_the_log_what_the_archive_keeps) {
    const auto grow = [this](int number, Uid events) {
        Batch batch;
        const auto content_id = batch.add_message(mail(number));
        for (Uid uid = 1; uid <= events; ++uid) {
            batch.add_event(seen(content_id, uid));
        }
        auto archive = open();
        static_cast<void>(archive.commit(batch, noon));
        Log(archive, disk_).catch_up(noon);
    };
    const auto tile = [](const fs::path& data, const char* name) {
        return data / "log/tile" / name;
    };
    grow(1, 98);
    static_cast<void>(copy());
    EXPECT_TRUE(fs::exists(tile(replica(), "0/000.p/100")));
    // What an earlier version kept, and what the archive here may need again.
    put_octets(tile(replica(), "0/000"), "leaves");
    fs::create_directories(tile(replica(), "0/003.p"));
    put_octets(tile(replica(), "0/003.p/7"), "others");
    grow(2, 298);
    EXPECT_EQ(to_text(copy().problems), "");
    EXPECT_FALSE(fs::exists(tile(replica(), "0/000.p/100")));
    EXPECT_FALSE(fs::exists(tile(replica(), "0/000")));
    EXPECT_TRUE(fs::exists(tile(replica(), "0/001.p/144")));
    EXPECT_TRUE(fs::exists(tile(replica(), "1/000.p/1")));
    EXPECT_TRUE(fs::exists(tile(replica(), "0/003.p/7")));
    const auto archive = open_replica();
    EXPECT_EQ(to_text(Log(archive, disk_).check().damaged), "");
    EXPECT_EQ(to_text(Log(archive, disk_).compare(Depth::full)), "");
}

TEST_F(ReplicaTest, loses_nothing_of_the_log_to_one_that_is_damaged) {
    commit(1, 2);
    {
        const auto archive = open();
        Log(archive, disk_).catch_up(noon);
    }
    static_cast<void>(copy());
    fs::remove_all(data() / "log");
    static_cast<void>(copy());
    EXPECT_TRUE(fs::exists(replica() / "log/tile/0/000.p/6"));
}

}  // namespace
}  // namespace mailkeep::archive
