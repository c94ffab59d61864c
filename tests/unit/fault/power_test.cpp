// SPDX-License-Identifier: Apache-2.0
// Power cuts at every change the story makes, and cuts in the middle of the recovery from one.
#include "survival.hpp"

#include <gtest/gtest.h>

namespace mailkeep::fault {
namespace {

TEST(PowerCutInArchive, loses_nothing_that_was_promised) {
    expect_cuts_survived(ArchiveScene(), plain_fates, 18);
}

TEST(PowerCutInArchive, may_tear_and_reorder_sectors_of_what_was_not_synced) {
    expect_cuts_survived(ArchiveScene(), torn_fates, 32);
}

TEST(PowerCutInArchive, may_keep_names_without_octets_and_octets_without_names) {
    expect_cuts_survived(ArchiveScene(), name_fates, 18);
}

TEST(PowerCutInArchive, may_come_again_during_recovery_and_once_more) {
    expect_chains_survived(ArchiveScene(), 3, 150);
}

TEST(PowerCutInCare, keeps_log_and_second_copy_as_promised) {
    expect_cuts_survived(CareScene(), plain_fates, 6);
}

TEST(PowerCutInCare, may_tear_and_reorder_sectors_of_what_was_not_synced) {
    expect_cuts_survived(CareScene(), torn_fates, 4);
}

TEST(PowerCutInCare, may_keep_names_without_octets_and_octets_without_names) {
    expect_cuts_survived(CareScene(), name_fates, 3);
}

TEST(PowerCutInCare, may_come_again_during_recovery_and_once_more) {
    expect_chains_survived(CareScene(), 5, 60);
}

TEST(PowerCutInKeeper, loses_nothing_that_was_promised) {
    expect_cuts_survived(KeeperScene(), plain_fates, 6);
}

TEST(PowerCutInKeeper, may_tear_and_reorder_sectors_of_what_was_not_synced) {
    expect_cuts_survived(KeeperScene(), torn_fates, 4);
}

TEST(PowerCutInKeeper, may_keep_names_without_octets_and_octets_without_names) {
    expect_cuts_survived(KeeperScene(), name_fates, 3);
}

TEST(PowerCutInKeeper, may_come_again_during_recovery_and_once_more) {
    expect_chains_survived(KeeperScene(), 4, 60);
}

}  // namespace
}  // namespace mailkeep::fault
