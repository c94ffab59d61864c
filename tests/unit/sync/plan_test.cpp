// SPDX-License-Identifier: Apache-2.0
// The truth tables of src/sync/README.md, row by row.
#include "mailkeep/sync/plan.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::sync;

namespace {

UidFlags at(Uid uid, std::string_view flags = "") {
    return {uid, flags_from_text(flags), 0};
}

std::vector<Uid> uids_of(const std::vector<UidFlags>& messages) {
    std::vector<Uid> uids;
    for (const auto& message : messages) {
        uids.push_back(message.uid);
    }
    return uids;
}

const Timestamp now = from_unix_ms(1'700'000'000'000);

CollectedMessage collected(Uid uid, std::string unique_id, int days_ago) {
    return {uid, std::move(unique_id), sha256(std::to_string(uid)), 10,
            now - std::chrono::days{days_ago}};
}

constexpr DeletePolicy never{DeletePolicy::Kind::never, 0};
constexpr DeletePolicy archived{DeletePolicy::Kind::archived, 0};
constexpr DeletePolicy after_30_days{DeletePolicy::Kind::days, 30};

}  // namespace

TEST(MirrorPlan, fetches_everything_from_a_mailbox_never_seen_newest_first) {
    const auto plan = plan_mirror({7, {at(1), at(3), at(9)}}, {});
    EXPECT_FALSE(plan.starts_over);
    EXPECT_EQ(uids_of(plan.fetch), (std::vector<Uid>{9, 3, 1}));
    EXPECT_TRUE(plan.gone.empty());
}

TEST(MirrorPlan, fetches_only_what_is_new) {
    const auto plan = plan_mirror({7, {at(1), at(2), at(5)}}, {7, {at(1), at(5)}});
    EXPECT_EQ(uids_of(plan.fetch), std::vector<Uid>{2});
    EXPECT_TRUE(plan.flags.empty());
    EXPECT_TRUE(plan.gone.empty());
}

TEST(MirrorPlan, follows_flags_both_ways) {
    const auto plan = plan_mirror({7, {at(1, "\\Seen"), at(2), at(3, "$Junk")}},
                                  {7, {at(1), at(2, "\\Flagged"), at(3, "$Junk")}});
    ASSERT_EQ(uids_of(plan.flags), (std::vector<Uid>{1, 2}));
    EXPECT_TRUE(plan.flags[0].flags.seen);
    EXPECT_EQ(plan.flags[1].flags, Flags{});
    EXPECT_TRUE(plan.fetch.empty());
}

TEST(MirrorPlan, notes_what_vanished_at_the_front_between_and_at_the_end) {
    const auto plan = plan_mirror({7, {at(2), at(4)}}, {7, {at(1), at(2), at(3), at(4), at(5)}});
    EXPECT_EQ(plan.gone.to_vector(), (std::vector<Uid>{1, 3, 5}));
    EXPECT_TRUE(plan.fetch.empty());
}

TEST(MirrorPlan, starts_over_when_uid_validity_changes) {
    const auto plan = plan_mirror({8, {at(1), at(2)}}, {7, {at(1, "\\Seen"), at(9)}});
    EXPECT_TRUE(plan.starts_over);
    EXPECT_EQ(uids_of(plan.fetch), (std::vector<Uid>{2, 1}));
    EXPECT_EQ(plan.gone.to_vector(), (std::vector<Uid>{1, 9}));
    EXPECT_TRUE(plan.flags.empty());
}

TEST(MirrorPlan, does_nothing_when_nothing_changed) {
    const auto plan = plan_mirror({7, {at(1, "\\Seen"), at(2)}}, {7, {at(1, "\\Seen"), at(2)}});
    EXPECT_FALSE(plan.starts_over);
    EXPECT_TRUE(plan.fetch.empty() && plan.flags.empty() && plan.gone.empty());
}

TEST(CollectPlan, retrieves_what_is_new_and_removes_it_only_by_policy) {
    const std::vector<pop3::ListLine> listing{{1, 100, "a"}};
    for (const auto& [policy, removes] :
         {std::pair(never, false), std::pair(archived, true), std::pair(after_30_days, false)}) {
        const auto plan = plan_collect(listing, {}, {}, policy, now);
        ASSERT_EQ(plan.steps.size(), 1U);
        EXPECT_EQ(plan.steps[0].removes, removes);
        EXPECT_FALSE(plan.steps[0].known);
    }
}

TEST(CollectPlan, leaves_alone_what_it_knows_and_may_keep) {
    const std::vector<pop3::ListLine> listing{{1, 100, "a"}};
    const std::vector<CollectedMessage> ledger{collected(1, "a", 29)};
    EXPECT_TRUE(plan_collect(listing, ledger, {}, never, now).steps.empty());
    EXPECT_TRUE(plan_collect(listing, ledger, {}, after_30_days, now).steps.empty());
}

TEST(CollectPlan, identifies_a_leftover_by_its_octets_before_removing_it) {
    const std::vector<pop3::ListLine> listing{{1, 100, "a"}, {2, 100, "b"}};
    const std::vector<CollectedMessage> ledger{collected(1, "a", 31), collected(2, "b", 1)};
    const auto now_or_never = plan_collect(listing, ledger, {}, archived, now);
    ASSERT_EQ(now_or_never.steps.size(), 2U);
    EXPECT_TRUE(now_or_never.steps[1].removes);
    EXPECT_EQ(now_or_never.steps[1].known->uid, 2U);
    const auto aged = plan_collect(listing, ledger, {}, after_30_days, now);
    ASSERT_EQ(aged.steps.size(), 1U);
    EXPECT_EQ(aged.steps[0].number, 1U);
    EXPECT_TRUE(aged.steps[0].removes);
}

TEST(CollectPlan, trusts_no_unique_id_that_is_missing_or_there_twice) {
    const std::vector<pop3::ListLine> listing{{1, 1, ""}, {2, 1, "x"}, {3, 1, "x"}, {4, 1, "y"}};
    const std::vector<CollectedMessage> ledger{collected(1, "x", 1), collected(2, "y", 1)};
    const auto plan = plan_collect(listing, ledger, {}, never, now);
    ASSERT_EQ(plan.steps.size(), 3U);
    for (const auto& step : plan.steps) {
        EXPECT_TRUE(step.unique_id.empty());
        EXPECT_FALSE(step.known);
    }
    ASSERT_EQ(plan.gone.size(), 1U);
    EXPECT_EQ(plan.gone[0].unique_id, "x");
}

CollectedMessage of_size(Uid uid, const std::string& unique_id, std::uint64_t size) {
    auto message = collected(uid, unique_id, 1);
    message.size = size;
    return message;
}

TEST(CollectPlan, knows_by_its_head_only_what_this_run_retrieved_and_has_about_its_size) {
    const std::vector<pop3::ListLine> listing{{1, 100, "a"}, {2, 102, "b"}, {3, 103, "c"}};
    const std::vector<CollectedMessage> ledger{of_size(1, "a", 100), of_size(2, "b", 100),
                                               of_size(3, "c", 100)};
    UidSet retrieved;
    retrieved.add(2, 3);
    const auto plan = plan_collect(listing, ledger, retrieved, archived, now);
    ASSERT_EQ(plan.steps.size(), 3U);
    EXPECT_FALSE(plan.steps[0].is_known_by_head);
    EXPECT_TRUE(plan.steps[1].is_known_by_head);
    EXPECT_FALSE(plan.steps[2].is_known_by_head);
    EXPECT_TRUE(plan_collect(listing, ledger, retrieved, never, now).steps.empty());
}

TEST(RenamedPlan, pairs_new_and_lost_messages_of_about_the_same_size) {
    const std::vector<CollectedMessage> ledger{of_size(1, "a", 100), of_size(2, "b", 200),
                                               of_size(3, "c", 300)};
    const std::vector<pop3::ListLine> listing{
        {1, 302, "x"}, {2, 98, "y"}, {3, 250, "z"}, {4, 200, ""}};
    const auto renamed = plan_renamed(listing, ledger);
    ASSERT_EQ(renamed.size(), 2U);
    EXPECT_EQ(renamed[0].unique_id, "x");
    EXPECT_EQ(renamed[0].candidates.at(0).uid, 3U);
    EXPECT_EQ(renamed[1].number, 2U);
    EXPECT_EQ(renamed[1].candidates.at(0).uid, 1U);
}

TEST(RenamedPlan, is_for_a_change_of_most_unique_ids_only) {
    const std::vector<CollectedMessage> ledger{of_size(1, "a", 100), of_size(2, "b", 100)};
    const std::vector<pop3::ListLine> half{{1, 100, "a"}, {2, 100, "x"}};
    EXPECT_TRUE(plan_renamed(half, ledger).empty());
    const std::vector<pop3::ListLine> others{{1, 500, "x"}, {2, 600, "y"}};
    EXPECT_TRUE(plan_renamed(others, ledger).empty());
    const std::vector<pop3::ListLine> twice{{1, 100, "x"}, {2, 100, "x"}};
    EXPECT_TRUE(plan_renamed(twice, ledger).empty());
    EXPECT_TRUE(plan_renamed({}, ledger).empty());
    EXPECT_TRUE(plan_renamed(half, {}).empty());
}

TEST(RenamedPlan, compares_header_fields_and_nothing_behind_them) {
    EXPECT_TRUE(is_head_of("A: b\r\nC: d\r\n\r\n", "A: b\r\nC: d\r\n\r\ntext\r\n\r\nmore"));
    EXPECT_TRUE(is_head_of("A: b\r\n", "A: b\r\n\r\ntext"));
    EXPECT_FALSE(is_head_of("A: b\r\n\r\n", "A: b\r\nC: d\r\n\r\ntext"));
    EXPECT_FALSE(is_head_of("A: b\r\nX: y\r\n\r\n", "A: b\r\n\r\ntext"));
    EXPECT_FALSE(is_head_of("", "\r\n\r\n"));
}

TEST(CollectPlan, notes_what_is_no_longer_listed) {
    const std::vector<CollectedMessage> ledger{collected(1, "a", 1), collected(2, "", 1)};
    const auto plan = plan_collect({}, ledger, {}, archived, now);
    ASSERT_EQ(plan.gone.size(), 1U);
    EXPECT_EQ(plan.gone[0].uid, 1U);
}

TEST(RestorePlan, appends_every_copy_that_has_no_partner) {
    const std::uint32_t a = 0;
    const std::uint32_t b = 2;
    const std::vector wanted{a, a, b};
    EXPECT_EQ(plan_restore(wanted, {}).append, (std::vector<std::uint32_t>{0, 1, 2}));
    const std::vector one_a{a};
    EXPECT_EQ(plan_restore(wanted, one_a).append, (std::vector<std::uint32_t>{1, 2}));
    EXPECT_EQ(plan_restore(wanted, one_a).already_there, 1U);
    const std::vector more{b, a, a, a};
    EXPECT_TRUE(plan_restore(wanted, more).append.empty());
    EXPECT_EQ(plan_restore(wanted, more).already_there, 3U);
}
