// SPDX-License-Identifier: Apache-2.0
// Disks that are full, gone read-only, failing, lying or in the way, at every call the story makes.
// Whatever fails, no promise is broken, then or after a power cut; and when the disk is well again
// the same objects go on without being opened anew.
#include "survival.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace mailkeep::fault {
namespace {

using test::Call;
using test::Fate;
using Lasting = test::Fault::Lasting;

TEST(DiskInArchive, may_be_full_at_any_call_until_there_is_room_again) {
    expect_fault_survived(
        ArchiveScene(),
        {.error = ENOSPC, .lasting = Lasting::from_then_on, .calls = taking, .only = {}});
}

TEST(DiskInArchive, may_end_a_quota_or_the_inodes_at_any_call) {
    expect_fault_survived(
        ArchiveScene(),
        {.error = EDQUOT, .lasting = Lasting::from_then_on, .calls = taking, .only = {}});
    expect_fault_survived(ArchiveScene(), {.error = ENOSPC,
                                           .lasting = Lasting::once,
                                           .calls = {Call::make, Call::make_folder},
                                           .only = {}});
}

TEST(DiskInArchive, may_become_read_only_at_any_call) {
    expect_fault_survived(
        ArchiveScene(),
        {.error = EROFS, .lasting = Lasting::from_then_on, .calls = {}, .only = {}});
}

TEST(DiskInArchive, may_fail_any_change_once_or_from_then_on) {
    for (const auto lasting : {Lasting::once, Lasting::from_then_on}) {
        expect_fault_survived(ArchiveScene(),
                              {.error = EIO, .lasting = lasting, .calls = {}, .only = {}});
    }
}

TEST(DiskInArchive, may_fail_any_read_once_or_from_then_on) {
    for (const auto lasting : {Lasting::once, Lasting::from_then_on}) {
        expect_fault_survived(
            ArchiveScene(),
            {.error = EIO, .lasting = lasting, .calls = {Call::read, Call::open}, .only = {}});
    }
}

TEST(DiskInArchive, may_fail_a_sync_and_call_the_next_one_done) {
    expect_fault_survived(
        ArchiveScene(),
        {.error = EIO, .lasting = Lasting::once, .calls = {Call::sync}, .only = {}});
}

TEST(DiskInArchive, may_interrupt_any_call) {
    for (const int error : {EINTR, EAGAIN}) {
        expect_fault_survived(ArchiveScene(),
                              {.error = error, .lasting = Lasting::once, .calls = {}, .only = {}});
    }
}

TEST(DiskInArchive, may_interrupt_every_call_and_take_little_at_a_time) {
    const ArchiveScene scene;
    Lives lives(scene);
    Life life(lives);
    life.volume().behave(test::Manners::grudging);
    const auto error = life.go_on();
    EXPECT_FALSE(error) << error->what();
    EXPECT_EQ(life.wrong_after_cut(Fate::lost), "");
    EXPECT_EQ(life.wrong_when_well(), "");
}

/// Only where forgetting the page cache shows it, as here; a disk that lies there too, about a
/// cache of its own, is beyond what a program can find out.
TEST(DiskInArchive, that_drops_what_it_called_synced_is_caught_by_reading_back) {
    const ArchiveScene scene;
    Lives lives(scene);
    Life life(lives);
    life.volume().behave(test::Manners::lying);
    const auto error = life.go_on();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::storage);
    EXPECT_EQ(life.promised(), 0);
    EXPECT_EQ(life.wrong_after_cut(Fate::lost), "");
    EXPECT_EQ(life.wrong_when_well(), "");
}

TEST(DiskInKeeper, may_be_full_at_any_call_until_there_is_room_again) {
    expect_fault_survived(
        KeeperScene(),
        {.error = ENOSPC, .lasting = Lasting::from_then_on, .calls = taking, .only = {}}, 4);
}

TEST(DiskInKeeper, may_become_read_only_at_any_call) {
    expect_fault_survived(
        KeeperScene(), {.error = EROFS, .lasting = Lasting::from_then_on, .calls = {}, .only = {}},
        4);
}

TEST(DiskInKeeper, may_fail_any_change_once) {
    expect_fault_survived(KeeperScene(),
                          {.error = EIO, .lasting = Lasting::once, .calls = {}, .only = {}}, 4);
}

TEST(DiskInKeeper, may_fail_any_read_once) {
    expect_fault_survived(
        KeeperScene(), {.error = EIO, .lasting = Lasting::once, .calls = {Call::read}, .only = {}},
        8);
}

TEST(DiskInKeeper, may_fail_a_sync_and_call_the_next_one_done) {
    expect_fault_survived(
        KeeperScene(), {.error = EIO, .lasting = Lasting::once, .calls = {Call::sync}, .only = {}});
}

}  // namespace
}  // namespace mailkeep::fault
