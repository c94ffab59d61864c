// SPDX-License-Identifier: Apache-2.0
// Packs the catalog reads from, when they were checked, and messages found damaged.
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const Timestamp noon = at("2024-07-01T12:00:00Z");
constexpr std::chrono::hours day{24};

StoredMessage in_pack(const std::string& name, const std::string& pack, std::uint64_t frame) {
    return {id_of(name), 1000, {pack, frame, 3}};
}

std::vector<std::string> names_of(const std::vector<AdoptedPack>& packs) {
    std::vector<std::string> names;
    for (const auto& pack : packs) {
        names.push_back(pack.name);
    }
    return names;
}

}  // namespace

TEST(Packs, are_read_from_once_they_are_adopted) {
    Story story;
    story.letter({.name = "a"}).letter({.name = "b"});
    story.seen("a", "INBOX", 1).seen("b", "INBOX", 2).apply();
    const std::vector messages{in_pack("a", "packs/aa/1.mkp", 64)};
    story.catalog.adopt("packs/aa/1.mkp", messages, noon);
    EXPECT_EQ(story.catalog.stored(id_of("a")), messages[0]);
    EXPECT_EQ(story.catalog.stored(id_of("b"))->location.file, "journal/1.mkj");
    const auto packs = story.catalog.adopted_packs();
    ASSERT_THAT(names_of(packs), ElementsAre("packs/aa/1.mkp"));
    EXPECT_EQ(packs[0].messages, 1U);
    EXPECT_EQ(packs[0].adopted_at, noon);
    EXPECT_EQ(packs[0].verified_at, std::nullopt);
}

TEST(Packs, are_adopted_again_without_forgetting_their_check) {
    Story story;
    story.letter({.name = "a"}).seen("a", "INBOX", 1).apply();
    const std::vector messages{in_pack("a", "packs/aa/1.mkp", 64)};
    story.catalog.adopt("packs/aa/1.mkp", messages, noon);
    story.catalog.note_check("packs/aa/1.mkp", noon + day, "frame at 64: is damaged", 3);
    story.catalog.adopt("packs/aa/1.mkp", messages, noon + 2 * day);
    const auto packs = story.catalog.adopted_packs();
    ASSERT_EQ(packs.size(), 1U);
    EXPECT_EQ(packs[0].adopted_at, noon);
    EXPECT_EQ(packs[0].verified_at, noon + day);
    EXPECT_EQ(packs[0].finding, "frame at 64: is damaged");
    EXPECT_EQ(packs[0].affected, 3U);
}

TEST(Packs, may_hold_messages_the_catalog_does_not_know) {
    Story story;
    story.apply();
    story.catalog.adopt("packs/aa/1.mkp", std::vector{in_pack("a", "packs/aa/1.mkp", 64)}, noon);
    EXPECT_EQ(story.catalog.stored(id_of("a")), std::nullopt);
    story.catalog.forget_pack("packs/aa/1.mkp");
    EXPECT_THAT(story.catalog.adopted_packs(), IsEmpty());
}

TEST(Packs, are_whole_again_when_a_later_check_says_so) {
    Story story;
    story.catalog.adopt("packs/a", {}, noon);
    EXPECT_EQ(story.catalog.adopted_packs().at(0).verified_at, std::nullopt);
    story.catalog.note_check("packs/a", noon, "has a damaged SEAL", 0);
    EXPECT_EQ(story.catalog.adopted_packs().at(0).finding, "has a damaged SEAL");
    story.catalog.note_check("packs/a", noon + day, "", 0);
    EXPECT_EQ(story.catalog.adopted_packs().at(0).finding, "");
    EXPECT_EQ(story.catalog.adopted_packs().at(0).verified_at, noon + day);
    story.catalog.note_check("packs/unknown", noon, "x", 1);
    EXPECT_EQ(story.catalog.adopted_packs().size(), 1U);
}

TEST(Packs, do_not_change_what_the_catalog_amounts_to) {
    Story story;
    story.letter({.name = "a"}).seen("a", "INBOX", 1).apply();
    const auto before = story.catalog.fingerprint();
    story.catalog.adopt("packs/aa/1.mkp", std::vector{in_pack("a", "packs/aa/1.mkp", 64)}, noon);
    EXPECT_EQ(story.catalog.fingerprint(), before);
}

TEST(Damage, is_noted_once_for_each_message_with_the_newest_finding) {
    Story story;
    story.letter({.name = "a"}).seen("a", "INBOX", 1).apply();
    story.catalog.note_damage({id_of("a"), "its frame is torn", noon});
    story.catalog.note_damage({id_of("a"), "its pack is gone", noon + day});
    const auto damage = story.catalog.damage_of(id_of("a"));
    ASSERT_TRUE(damage);
    EXPECT_EQ(damage->what, "its pack is gone");
    EXPECT_EQ(damage->found_at, noon);
    EXPECT_EQ(story.catalog.damaged().size(), 1U);
    story.catalog.clear_damage(id_of("a"));
    EXPECT_EQ(story.catalog.damage_of(id_of("a")), std::nullopt);
}

TEST(Chores, are_remembered_each_by_itself) {
    Story story;
    EXPECT_EQ(story.catalog.chore(Chore::retention), std::nullopt);
    story.catalog.note_chore(Chore::retention, {noon, "the clock is wrong"});
    story.catalog.note_chore(Chore::replica, {noon + day, ""});
    story.catalog.note_chore(Chore::retention, {noon + day, ""});
    EXPECT_EQ(story.catalog.chore(Chore::retention), (ChoreDone{noon + day, ""}));
    EXPECT_EQ(story.catalog.chore(Chore::replica), (ChoreDone{noon + day, ""}));
    EXPECT_EQ(story.catalog.chore(Chore::journals), std::nullopt);
}

TEST(RestoreProofs, keep_what_a_server_gave_back_until_one_does_again) {
    Story story;
    EXPECT_FALSE(story.catalog.restore_proof({}));
    story.catalog.note_proof({}, {noon, 100, noon, "imaps://a@b"});
    story.catalog.note_proof(AccountId{7}, {noon, 3, {}, ""});
    story.catalog.note_proof({}, {noon + day, 50, {}, ""});
    const auto proof = story.catalog.restore_proof({}).value();
    EXPECT_EQ(proof.at, noon + day);
    EXPECT_EQ(proof.messages, 50U);
    EXPECT_EQ(proof.returned_at, noon);
    EXPECT_EQ(proof.target, "imaps://a@b");
    EXPECT_FALSE(story.catalog.restore_proof(AccountId{7})->returned_at);
    EXPECT_FALSE(story.catalog.restore_proof(AccountId{8}));
}

}  // namespace mailkeep::catalog::test
