// SPDX-License-Identifier: Apache-2.0
// Power cuts at every change the story makes, and cuts in the middle of the recovery from one.
#include "scene.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

namespace mailkeep::fault {
namespace {

using test::Fate;

constexpr std::array plain_fates{Fate::lost, Fate::kept, Fate::prefix};
constexpr std::array torn_fates{Fate::sectors, Fate::pages, Fate::garbage, Fate::only_lengths};
constexpr std::array name_fates{Fate::only_names, Fate::only_octets, Fate::some_names};

/// Every moment of the scene, each of the fates some times.
void expect_survival(const Scene& scene, std::span<const Fate> fates, int rounds,
                     std::size_t step = 1) {
    PowerCuts cuts(scene, test::fault_seed(1));
    ASSERT_GT(cuts.moments(), 15U);
    EXPECT_EQ(joined(cuts.try_all(fates, rounds, step)), "");
    std::printf("%zu moments, %zu states\n", cuts.moments(), cuts.tried());
}

TEST(PowerCutInArchive, loses_nothing_that_was_promised) {
    expect_survival(ArchiveScene(), plain_fates, 6);
}

TEST(PowerCutInArchive, may_tear_and_reorder_sectors_of_what_was_not_synced) {
    expect_survival(ArchiveScene(), torn_fates, 8);
}

TEST(PowerCutInArchive, may_keep_names_without_octets_and_octets_without_names) {
    expect_survival(ArchiveScene(), name_fates, 6);
}

TEST(PowerCutInArchive, may_come_again_during_recovery_and_once_more) {
    const ArchiveScene scene;
    PowerCuts cuts(scene, test::fault_seed(3));
    EXPECT_EQ(joined(cuts.try_chains(150)), "");
}

TEST(PowerCutInCare, keeps_log_and_second_copy_as_promised) {
    expect_survival(CareScene(), plain_fates, 2);
}

TEST(PowerCutInCare, may_tear_and_reorder_sectors_of_what_was_not_synced) {
    expect_survival(CareScene(), torn_fates, 1);
}

TEST(PowerCutInCare, may_keep_names_without_octets_and_octets_without_names) {
    expect_survival(CareScene(), name_fates, 1);
}

TEST(PowerCutInCare, may_come_again_during_recovery_and_once_more) {
    const CareScene scene;
    PowerCuts cuts(scene, test::fault_seed(5));
    EXPECT_EQ(joined(cuts.try_chains(60)), "");
}

TEST(PowerCutInKeeper, loses_nothing_that_was_promised) {
    expect_survival(KeeperScene(), plain_fates, 2);
}

TEST(PowerCutInKeeper, may_tear_and_reorder_sectors_of_what_was_not_synced) {
    expect_survival(KeeperScene(), torn_fates, 1);
}

TEST(PowerCutInKeeper, may_keep_names_without_octets_and_octets_without_names) {
    expect_survival(KeeperScene(), name_fates, 1);
}

TEST(PowerCutInKeeper, may_come_again_during_recovery_and_once_more) {
    const KeeperScene scene;
    PowerCuts cuts(scene, test::fault_seed(4));
    EXPECT_EQ(joined(cuts.try_chains(60)), "");
}

}  // namespace
}  // namespace mailkeep::fault
