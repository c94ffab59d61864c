// SPDX-License-Identifier: Apache-2.0
// Power cuts and failing disks at every step of what is done with packs and keys: seal, merge,
// compact, and slots that come and go.
#include "pack_scene.hpp"
#include "survival.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace mailkeep::fault {
namespace {

using test::Call;
using Lasting = test::Fault::Lasting;

/// Long stories have many moments: each is tried once for each kind of fate, the seed says which.
template <class Kind>
class PowerCutIn : public testing::Test {
  protected:
    static constexpr bool is_short =
        std::is_same_v<Kind, SealScene> || std::is_same_v<Kind, KeyScene>;

    Kind scene;
};

/// The same on an archive that is encrypted, and its catalog with it.
class EncryptedSeal : public SealScene {
  public:
    EncryptedSeal() : SealScene(story_key()) {}
};

using Scenes = testing::Types<SealScene, EncryptedSeal, MergeScene, CompactScene, KeyScene>;

class Names {
  public:
    template <class Kind>
    static std::string GetName(int /*number*/) {
        return std::is_same_v<Kind, SealScene>       ? "Seal"
               : std::is_same_v<Kind, EncryptedSeal> ? "EncryptedSeal"
               : std::is_same_v<Kind, MergeScene>    ? "Merge"
               : std::is_same_v<Kind, CompactScene>  ? "Compact"
                                                     : "Key";
    }
};

TYPED_TEST_SUITE(PowerCutIn, Scenes, Names);

TYPED_TEST(PowerCutIn, loses_nothing_that_was_promised) {
    expect_cuts_survived(this->scene, plain_fates, this->is_short ? 3 : 1);
}

TYPED_TEST(PowerCutIn, may_tear_and_reorder_sectors_of_what_was_not_synced) {
    expect_cuts_survived(this->scene, torn_fates, 1);
}

TYPED_TEST(PowerCutIn, may_keep_names_without_octets_and_octets_without_names) {
    expect_cuts_survived(this->scene, name_fates, this->is_short ? 2 : 1);
}

TYPED_TEST(PowerCutIn, may_come_again_during_recovery_and_once_more) {
    expect_chains_survived(this->scene, 6, this->is_short ? 30 : 12);
}

/// With a catalog there are hundreds of calls: some of them each time, the seed says which.
template <class Kind>
class DiskIn : public PowerCutIn<Kind> {
  protected:
    static constexpr std::uint64_t stride = std::is_same_v<Kind, KeyScene> ? 1 : 5;
};

using PlainScenes = testing::Types<SealScene, MergeScene, CompactScene, KeyScene>;

TYPED_TEST_SUITE(DiskIn, PlainScenes, Names);

TYPED_TEST(DiskIn, may_be_full_at_any_call_until_there_is_room_again) {
    expect_fault_survived(
        this->scene,
        {.error = ENOSPC, .lasting = Lasting::from_then_on, .calls = taking, .only = {}}, 4,
        this->stride);
}

TYPED_TEST(DiskIn, may_become_read_only_at_any_call) {
    expect_fault_survived(
        this->scene, {.error = EROFS, .lasting = Lasting::from_then_on, .calls = {}, .only = {}}, 4,
        this->stride);
}

TYPED_TEST(DiskIn, may_fail_any_change_once) {
    expect_fault_survived(this->scene,
                          {.error = EIO, .lasting = Lasting::once, .calls = {}, .only = {}}, 4,
                          this->stride);
}

TYPED_TEST(DiskIn, may_fail_any_read_once) {
    expect_fault_survived(
        this->scene,
        {.error = EIO, .lasting = Lasting::once, .calls = {Call::read, Call::open}, .only = {}}, 4,
        3 * this->stride);
}

TYPED_TEST(DiskIn, may_fail_a_sync_and_call_the_next_one_done) {
    expect_fault_survived(
        this->scene, {.error = EIO, .lasting = Lasting::once, .calls = {Call::sync}, .only = {}}, 2,
        this->stride == 1 ? 1 : 2);
}

TYPED_TEST(DiskIn, may_interrupt_every_call_and_take_little_at_a_time) {
    Lives lives(this->scene);
    Life life(lives);
    life.volume().behave(test::Manners::grudging);
    const auto error = life.go_on();
    EXPECT_FALSE(error) << error->what();
    EXPECT_EQ(life.wrong_after_cut(test::Fate::lost), "");
    EXPECT_EQ(life.wrong_when_well(), "");
}

/// It looks as if it stood there, so people go on.
TEST(KeySlot, whose_name_could_not_be_synced_is_on_the_disk_before_another_goes) {
    const KeyScene scene;
    Lives lives(scene);
    Life life(lives);
    life.volume().fail(
        {.at = 2, .error = EIO, .lasting = Lasting::once, .calls = {Call::sync}, .only = "/keys"});
    ASSERT_TRUE(life.go_on());
    const auto broken = life.volume().changes().size();
    EXPECT_FALSE(life.go_on());
    test::CrashStates states(life.volume());
    std::mt19937_64 random(test::fault_seed(7));
    for (auto moment = broken; moment <= life.volume().changes().size(); ++moment) {
        states.advance_to(moment);
        for (const auto fate : test::all_fates) {
            put(states.after_crash(fate, random), lives.after_crash());
            EXPECT_EQ(wrong_after(scene, lives.after_crash(), states.promised()), "") << moment;
        }
        for (int round = 0; round < 8; ++round) {
            put(states.after_crash(test::Fate::some_names, random), lives.after_crash());
            EXPECT_EQ(wrong_after(scene, lives.after_crash(), states.promised()), "") << moment;
        }
    }
}

}  // namespace
}  // namespace mailkeep::fault
