// SPDX-License-Identifier: Apache-2.0
// Which packs are merged and compacted, and that the archive is the same afterwards.
#include "rewrite_plan.hpp"
#include "seal_fixture.hpp"

namespace mailkeep::archive {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

/// Packs of these sizes, one after another, each with the history of ten batches.
std::vector<KnownPack> packs_of(const std::vector<std::uint64_t>& sizes) {
    std::vector<KnownPack> packs;
    for (const auto size : sizes) {
        KnownPack pack;
        pack.name = std::to_string(packs.size());
        pack.size = size * mib;
        pack.seal.octets = 4 * pack.size;
        const std::uint64_t first = packs.size() * 10 + 1;
        pack.seal.batches = pack.seal.history = {first, first + 9};
        packs.push_back(pack);
    }
    return packs;
}

std::string names_of(const std::vector<KnownPack>& packs) {
    std::string names;
    for (const auto& pack : packs) {
        names += pack.name;
    }
    return names;
}

std::string merged(const std::vector<std::uint64_t>& sizes) {
    return names_of(choose_merge(packs_of(sizes)));
}

TEST(RewritePlan, merges_four_small_neighbours_or_more) {
    EXPECT_EQ(merged({}), "");
    EXPECT_EQ(merged({1, 1, 1}), "");
    EXPECT_EQ(merged({1, 1, 1, 1}), "0123");
    EXPECT_EQ(merged({1, 1, 1, 1, 1}), "01234");
    EXPECT_EQ(merged({32, 1, 1, 1, 1}), "1234");
    EXPECT_EQ(merged({1, 1, 1, 32, 1, 1, 1}), "");
    EXPECT_EQ(merged({1, 1, 1, 1, 32, 1}), "0123");
    EXPECT_EQ(merged({16, 16, 16, 16}), "");
}

TEST(RewritePlan, does_not_write_a_large_pack_again_for_a_little) {
    EXPECT_EQ(merged({10, 1, 1, 1}), "");
    EXPECT_EQ(merged({10, 1, 1, 1, 1}), "1234");
    EXPECT_EQ(merged({4, 2, 1, 1}), "0123");
}

TEST(RewritePlan, merges_no_packs_with_a_hole_between_their_histories) {
    auto packs = packs_of({1, 1, 1, 1});
    packs[2].seal.history = {};
    EXPECT_EQ(names_of(choose_merge(packs)), "");
    packs[2].seal.history = {21, 30};
    EXPECT_EQ(names_of(choose_merge(packs)), "0123");
}

TEST(RewritePlan, compacts_what_is_dead_by_a_quarter_or_by_much) {
    const auto packs = packs_of({8, 8, 8, 1000});
    const std::vector<DeadShare> shares{
        {packs[0], 0}, {packs[1], 8 * mib}, {packs[2], 7 * mib}, {packs[3], 64 * mib}};
    EXPECT_EQ(names_of(choose_compaction(shares)), "1");  // with 3 there were a hole
    EXPECT_EQ(names_of(choose_compaction(std::span(shares).subspan(2))), "3");
    EXPECT_TRUE(choose_compaction({}).empty());
}

class MergeTest : public SealTest {
  protected:
    /// A pack for each number.
    void seal_each(Archive& archive, int first, int last) {
        for (int number = first; number <= last; ++number) {
            Batch batch = lists(number);
            static_cast<void>(
                batch.add_message(mail_with_attachment(number, number % 2 == 0 ? 1 : 2, 40'000)));
            static_cast<void>(archive.commit(batch, noon));
            seal_all(archive);
        }
    }
};

TEST_F(MergeTest, makes_one_pack_of_many_and_the_same_archive) {
    auto archive = open();
    seal_each(archive, 1, 5);
    static_cast<void>(archive.commit(lists(6), noon));
    const auto before = told_by(archive);
    const auto size = archive.size_on_disk();
    EXPECT_EQ(archive.packs().size(), 5U);
    const auto made = archive.merge({.dead = {}, .now = noon}, {});
    EXPECT_EQ(made.replaced.size(), 5U);
    EXPECT_EQ(made.packs.size(), 1U);
    EXPECT_TRUE(made.journals.empty());
    EXPECT_EQ(told_by(archive), before);
    archive.retire(made);
    EXPECT_EQ(told_by(archive), before);
    EXPECT_EQ(archive.packs().size(), 1U);
    EXPECT_EQ(files_in(data() / "trash").size(), 5U);
    EXPECT_EQ(files_in(data() / "packs").size(), 1U);
    EXPECT_LT(archive.size_on_disk(), size);
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
    EXPECT_TRUE(archive.merge({.dead = {}, .now = noon}, {}).is_empty());
    EXPECT_EQ(told_by(open(Access::read_only)), before);
}

TEST_F(MergeTest, keeps_blobs_that_messages_elsewhere_use) {
    auto archive = open();
    seal_each(archive, 1, 4);
    Batch batch;
    static_cast<void>(batch.add_message(mail_with_attachment(99, 1, 40'000, 60)));
    static_cast<void>(archive.commit(batch, noon));
    seal_all(archive);
    ASSERT_LT(archive.packs().back().size, 10'000U);  // its attachment is in an earlier pack
    const auto before = told_by(archive);
    std::set<ContentId> dead;
    for (const auto& each : batches_of(archive)) {
        for (const auto& message : each.messages) {
            if (each.number < 5) {
                dead.insert(message.content_id);
            }
        }
    }
    for (;;) {
        const auto made = archive.compact({.dead = dead, .now = noon}, {});
        if (made.is_empty()) {
            break;
        }
        archive.retire(made);
    }
    const auto told = told_by(archive);
    ASSERT_EQ(told.size(), 5U);
    EXPECT_EQ(told[4], before[4]);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_TRUE(told[i].mails.empty());
        EXPECT_EQ(told[i].events, before[i].events);
    }
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
    EXPECT_LT(archive.size_on_disk(), 70'000U);
}

TEST_F(MergeTest, keeps_the_other_packs_of_a_group_whose_last_one_is_merged) {
    auto archive = open();
    for (int number = 1; number <= 6; ++number) {
        static_cast<void>(archive.commit(lists(number), noon));
    }
    archive.close_journal();
    archive.retire(archive.seal({.dead = {}, .now = noon, .pack_octets = 1500}, {}));
    ASSERT_GT(archive.packs().size(), 2U);
    seal_each(archive, 7, 9);
    const auto before = told_by(archive);
    const auto last = batches_of(archive).at(8).messages.at(0).content_id;
    std::set<ContentId> dead;
    archive.for_each_packed(archive.packs().at(2).name,
                            [&](const StoredMessage& message) { dead.insert(message.content_id); });
    dead.insert(last);
    for (;;) {
        const auto made = archive.compact({.dead = dead, .now = noon}, {});
        if (made.is_empty()) {
            break;
        }
        archive.retire(made);
    }
    for (;;) {
        const auto made = archive.merge({.dead = dead, .now = noon}, {});
        if (made.is_empty()) {
            break;
        }
        archive.retire(made);
    }
    auto expected = before;
    for (auto& told : expected) {
        std::erase_if(told.mails,
                      [&](const std::string& raw) { return dead.contains(sha256(raw)); });
    }
    EXPECT_EQ(told_by(open(Access::read_only)), expected);
    EXPECT_EQ(to_text(archive.verify(Depth::full).damaged), "");
}

}  // namespace
}  // namespace mailkeep::archive
