// SPDX-License-Identifier: Apache-2.0
// Commits on a disk that fails: at every system call, in every way, and what is left behind.
#include "archive_fixture.hpp"

namespace mailkeep::archive {
namespace {

using Kind = FaultyDisk::Kind;

class CommitTest : public ArchiveTest {};

TEST_F(CommitTest, syncs_file_and_folder_before_the_first_batch_and_reads_back_after_it) {
    FaultyDisk disk;
    Archive archive(data(), Access::read_write, disk);
    EXPECT_EQ(archive.last_batch(), 0U);
    const auto before = disk.calls();
    static_cast<void>(archive.commit(batch_of(1), noon));
    const std::vector<Kind> log(disk.log().begin() + before, disk.log().end());
    const std::vector<Kind> beginning{Kind::open, Kind::allocate, Kind::write,
                                      Kind::sync, Kind::open,     Kind::sync};
    ASSERT_GT(log.size(), beginning.size());
    EXPECT_TRUE(std::equal(beginning.begin(), beginning.end(), log.begin()));
    const auto synced = std::find(log.begin(), log.end(), Kind::sync_data);
    ASSERT_NE(synced, log.end());
    EXPECT_EQ(std::find(synced, log.end(), Kind::write), log.end());
    EXPECT_EQ(*(synced + 1), Kind::open);
    EXPECT_EQ(*(synced + 2), Kind::read);
}

TEST_F(CommitTest, survives_short_writes_and_interruptions) {
    FaultyDisk disk;
    disk.be_awkward();
    Archive archive(data(), Access::read_write, disk);
    static_cast<void>(archive.commit(batch_of(1), noon));
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(1));
}

/// Commits 1 and 2; 3 and 4 with the n-th of their calls failing, each tried again until it works.
/// The first attempt at 3 begins in an old file, which 2 left open.
int commit_four(const fs::path& data, FaultyDisk& disk, int failing_call, int error) {
    Archive archive(data, Access::read_write, disk);
    for (int number = 1; number <= 2; ++number) {
        static_cast<void>(archive.commit(batch_of(number), noon));
    }
    const auto before = disk.calls();
    disk.fail_at(failing_call == 0 ? 0 : before + failing_call, error);
    for (int number = 3; number <= 4; ++number) {
        const auto failure =
            error_of([&] { static_cast<void>(archive.commit(batch_of(number), noon)); });
        if (failure) {
            EXPECT_EQ(failure->code(), Errc::storage) << failure->what();
            disk.heal();
            EXPECT_EQ(archive.last_batch(), static_cast<std::uint64_t>(number - 1));
            EXPECT_EQ(mails_in(archive), mails_up_to(number - 1));
            EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "") << failing_call;
            static_cast<void>(archive.commit(batch_of(number), noon));
        }
    }
    disk.heal();
    return disk.calls() - before;
}

TEST_F(CommitTest, that_fails_at_any_call_is_made_good_by_the_next) {
    const test::TempDir undisturbed;
    FaultyDisk counting;
    const auto calls = commit_four(copy_to(undisturbed), counting, 0, 0);
    ASSERT_GT(calls, 20);
    for (int call = 1; call <= calls; ++call) {
        for (const int error : {EIO, ENOSPC}) {
            const test::TempDir folder;
            const auto copy = copy_to(folder);
            FaultyDisk disk;
            commit_four(copy, disk, call, error);
            const Archive archive(copy, Access::read_only);
            EXPECT_EQ(mails_in(archive), mails_up_to(4)) << call;
            EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "") << call;
        }
    }
}

/// Opens an archive that holds one batch, commits another with the n-th call failing, and is gone.
void fail_and_vanish(const fs::path& data, FaultyDisk& disk) {
    static_cast<void>(error_of([&] {
        Archive archive(data, Access::read_write, disk);
        static_cast<void>(archive.commit(batch_of(2), noon));
    }));
}

TEST_F(CommitTest, that_fails_at_any_call_counts_wholly_or_not_at_all_after_a_restart) {
    commit(1, 1);
    const test::TempDir undisturbed;
    FaultyDisk counting;
    fail_and_vanish(copy_to(undisturbed), counting);
    for (int call = 1; call <= counting.calls(); ++call) {
        const test::TempDir folder;
        const auto copy = copy_to(folder);
        FaultyDisk disk;
        disk.fail_at(call, EIO);
        fail_and_vanish(copy, disk);
        disk.heal();
        Archive archive(copy, Access::read_write, disk);
        const auto last = static_cast<int>(archive.last_batch());
        EXPECT_TRUE(last == 1 || last == 2) << call;
        EXPECT_EQ(mails_in(archive), mails_up_to(last)) << call;
        static_cast<void>(archive.commit(batch_of(last + 1), noon));
        EXPECT_EQ(mails_in(archive), mails_up_to(last + 1)) << call;
        EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "") << call;
    }
}

TEST_F(CommitTest, whose_sync_failed_once_is_not_durable_although_its_octets_are_there) {
    FaultyDisk disk;
    Archive archive(data(), Access::read_write, disk);
    static_cast<void>(archive.commit(batch_of(1), noon));
    disk.fail_every(Kind::sync_data, EIO);
    EXPECT_THROW(static_cast<void>(archive.commit(batch_of(2), noon)), Error);
    disk.heal();
    EXPECT_EQ(archive.last_batch(), 1U);
    EXPECT_EQ(batches_of(archive).size(), 1U);

    // Number 2 is given anew, with other contents, in another file.
    Batch other;
    static_cast<void>(other.add_message("another second"));
    const auto committed = archive.commit(other, noon);
    EXPECT_EQ(committed.number, 2U);
    EXPECT_EQ(committed.messages.at(0).location.file, "journal/0000000001-000002.mkj");
    const auto mails = std::vector<std::string>{mail(1), "another second"};
    EXPECT_EQ(mails_in(archive), mails);
    const auto reader = open(Access::read_only);
    EXPECT_EQ(mails_in(reader), mails);
    const auto verdict = reader.verify(Depth::full);
    EXPECT_EQ(to_text(verdict.damaged), "");
    ASSERT_EQ(verdict.notes.size(), 1U);
    EXPECT_TRUE(verdict.notes[0].object.starts_with("journal/0000000001-000001.mkj at "));
}

TEST_F(CommitTest, that_does_not_read_back_is_refused) {
    FaultyDisk disk;
    Archive archive(data(), Access::read_write, disk);
    static_cast<void>(archive.commit(batch_of(1), noon));
    disk.flip_next_write();
    const auto error = error_of([&] { static_cast<void>(archive.commit(batch_of(2), noon)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::storage);
    EXPECT_NE(std::string(error->what()).find("does not read back"), std::string::npos);
    static_cast<void>(archive.commit(batch_of(2), noon));
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(2));
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

TEST_F(CommitTest, on_a_full_disk_leaves_no_heap_of_files_and_goes_on_when_there_is_room) {
    FaultyDisk disk;
    Archive archive(data(), Access::read_write, disk);
    static_cast<void>(archive.commit(batch_of(1), noon));
    disk.fail_every(Kind::write, ENOSPC);
    for (int attempt = 0; attempt < 5; ++attempt) {
        const auto error = error_of([&] { static_cast<void>(archive.commit(batch_of(2), noon)); });
        ASSERT_TRUE(error);
        EXPECT_NE(std::string(error->what()).find("disk full"), std::string::npos);
    }
    EXPECT_FALSE(fs::exists(data() / "reserve"));
    EXPECT_EQ(journals(data()).size(), 1U);
    disk.heal();
    static_cast<void>(archive.commit(batch_of(2), noon));
    EXPECT_TRUE(fs::exists(data() / "reserve"));
    EXPECT_EQ(mails_in(archive), mails_up_to(2));
}

TEST_F(CommitTest, is_refused_while_the_last_file_cannot_be_read) {
    commit(1, 1);
    FaultyDisk disk;
    Archive archive(data(), Access::read_write, disk);
    const auto calls = disk.calls();
    disk.fail_at(calls + 10, EIO);
    disk.fail_every(Kind::read, EIO);
    const auto error = error_of([&] { static_cast<void>(archive.commit(batch_of(2), noon)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(journals(data()).size(), 1U);
    disk.heal();
    static_cast<void>(archive.commit(batch_of(2), noon));
    EXPECT_EQ(mails_in(archive), mails_up_to(2));
}

TEST_F(CommitTest, never_touches_an_older_file) {
    commit(1, 2);
    const auto first = journals(data()).at(0);
    const auto octets = octets_of(first);
    put_octets(first, octets.substr(0, octets.size() - 5));
    const auto torn = octets_of(first);
    commit(2, 2);
    EXPECT_EQ(octets_of(first), torn);
    EXPECT_EQ(mails_in(open(Access::read_only)), mails_up_to(2));
}

}  // namespace
}  // namespace mailkeep::archive
