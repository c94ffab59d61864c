// SPDX-License-Identifier: Apache-2.0
// The tables of src/sync/README.md, "Following a mailbox" and "Mass-deletion brake".
#include "mailkeep/sync/plan.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::sync;

namespace {

constexpr std::chrono::hours hour{1};
constexpr Timestamp today{std::chrono::hours{24 * 20'000}};
constexpr Abilities all_abilities{true, true};
constexpr Abilities only_mod_seqs{false, true};

MailboxCursor followed(std::optional<ModSeq> mod_seq, std::chrono::hours ago = hour) {
    return {7, 50, 12, mod_seq, today - ago};
}

imap::MailboxStatus same_status() {
    return {7, 50, 12, 90};
}

Pass pass_of(const std::optional<MailboxCursor>& cursor,
             const std::optional<imap::MailboxStatus>& status, const Abilities& abilities) {
    return plan_pass(cursor, status, false, abilities, today);
}

imap::SelectData opened_with(std::uint32_t exists, std::optional<Uid> uid_next,
                             std::optional<ModSeq> mod_seq = 91) {
    imap::SelectData opened;
    opened.exists = exists;
    opened.uid_validity = 7;
    opened.uid_next = uid_next;
    opened.mod_seq = mod_seq;
    return opened;
}

std::vector<UidFlags> plain(std::initializer_list<Uid> uids) {
    std::vector<UidFlags> messages;
    for (const auto uid : uids) {
        messages.push_back({uid, {}, 0});
    }
    return messages;
}

}  // namespace

TEST(PassPlan, does_not_open_what_is_as_it_was) {
    EXPECT_EQ(pass_of(followed(90), same_status(), all_abilities), Pass::none);
    EXPECT_EQ(pass_of(followed(90), same_status(), only_mod_seqs), Pass::none);
}

TEST(PassPlan, opens_when_any_number_differs_or_is_not_told) {
    for (const auto& change : std::vector<void (*)(imap::MailboxStatus&)>{
             [](auto& status) { status.uid_validity = 8; },
             [](auto& status) { status.uid_next = 51; }, [](auto& status) { status.messages = 11; },
             [](auto& status) { status.mod_seq = 91; },
             [](auto& status) { status.uid_validity.reset(); },
             [](auto& status) { status.uid_next.reset(); },
             [](auto& status) { status.messages.reset(); },
             [](auto& status) { status.mod_seq.reset(); }}) {
        auto status = same_status();
        change(status);
        EXPECT_EQ(pass_of(followed(90), status, all_abilities), Pass::resync);
    }
    EXPECT_EQ(pass_of(followed(90), std::nullopt, all_abilities), Pass::resync);
}

TEST(PassPlan, asks_again_for_what_the_server_did_not_give) {
    EXPECT_EQ(plan_pass(followed(90), same_status(), true, all_abilities, today), Pass::resync);
}

TEST(PassPlan, takes_the_best_the_server_can) {
    auto status = same_status();
    status.messages = 13;
    EXPECT_EQ(pass_of(followed(90), status, all_abilities), Pass::resync);
    EXPECT_EQ(pass_of(followed(90), status, only_mod_seqs), Pass::changes);
    EXPECT_EQ(pass_of(followed(90), status, {}), Pass::newest);
    EXPECT_EQ(pass_of(followed(std::nullopt), status, all_abilities), Pass::newest);
}

TEST(PassPlan, never_takes_a_mailbox_without_mod_seqs_for_unchanged) {
    auto status = same_status();
    status.mod_seq.reset();
    EXPECT_EQ(pass_of(followed(std::nullopt), status, {}), Pass::newest);
}

TEST(PassPlan, compares_everything_once_a_week_or_every_six_hours) {
    EXPECT_EQ(pass_of(std::nullopt, same_status(), all_abilities), Pass::full);
    EXPECT_EQ(pass_of(followed(90, 167 * hour), same_status(), all_abilities), Pass::none);
    EXPECT_EQ(pass_of(followed(90, 168 * hour), same_status(), all_abilities), Pass::full);
    EXPECT_EQ(pass_of(followed(std::nullopt, 5 * hour), std::nullopt, {}), Pass::newest);
    EXPECT_EQ(pass_of(followed(std::nullopt, 6 * hour), std::nullopt, {}), Pass::full);
    EXPECT_EQ(pass_of(followed(90, -hour), same_status(), all_abilities), Pass::full);
}

TEST(PassPlan, grows_after_what_the_opened_mailbox_says) {
    const auto opened = opened_with(12, 50);
    EXPECT_EQ(plan_opened_pass(Pass::resync, followed(90), opened), Pass::resync);
    EXPECT_EQ(plan_opened_pass(Pass::full, std::nullopt, opened), Pass::full);
    auto other = opened;
    other.uid_validity = 8;
    EXPECT_EQ(plan_opened_pass(Pass::resync, followed(90), other), Pass::full);
    EXPECT_EQ(plan_opened_pass(Pass::changes, followed(90), opened_with(12, 50, {})), Pass::newest);
}

TEST(PassPlan, lists_the_newest_two_thousand_and_all_that_is_new) {
    MirrorState known{7, {}};
    for (Uid uid = 1; uid <= 2000; ++uid) {
        known.messages.push_back({uid * 2, {}, 0});
    }
    EXPECT_EQ(plan_first_listed(known, {7, 4001, 2000, {}, today}), 1U);
    known.messages.push_back({5000, {}, 0});
    EXPECT_EQ(plan_first_listed(known, {7, 5001, 2001, {}, today}), 4U);
    EXPECT_EQ(plan_first_listed(known, {7, 3, 2001, {}, today}), 3U);
}

TEST(DeltaView, puts_together_what_is_known_and_what_was_told) {
    const MirrorState known{7, plain({1, 2, 3, 4})};
    Delta delta;
    delta.changed = {{2, flags_from_text("\\Seen"), 0}, {99, {}, 0}};
    delta.vanished = UidSet::of({3, 8, 60});
    delta.first_listed = 50;
    delta.listed = {{50, flags_from_text("\\Flagged"), 10}};
    const auto view = view_after(known, UidSet::of({6, 8}), delta);
    EXPECT_EQ(view.uid_validity, 7U);
    EXPECT_EQ(view.messages, (std::vector<UidFlags>{{1, {}, 0},
                                                    {2, flags_from_text("\\Seen"), 0},
                                                    {4, {}, 0},
                                                    {6, {}, 0},
                                                    {50, flags_from_text("\\Flagged"), 10}}));
    EXPECT_TRUE(adds_up(view, opened_with(5, 51)));
}

TEST(DeltaView, takes_what_is_not_listed_any_more_out) {
    Delta delta;
    delta.first_listed = 3;
    delta.listed = plain({4, 5});
    EXPECT_EQ(view_after({7, plain({1, 3, 4})}, {}, delta).messages, plain({1, 4, 5}));
}

TEST(DeltaView, is_what_a_search_found_where_there_was_one) {
    Delta delta;
    delta.vanished = UidSet::of({1});
    delta.first_listed = 9;
    delta.found = UidSet::of({1, 2, 5});
    delta.listed = {{2, flags_from_text("\\Draft"), 0}};
    const MirrorState known{7, {{1, flags_from_text("\\Seen"), 0}, {2, {}, 0}, {3, {}, 0}}};
    EXPECT_EQ(
        view_after(known, {}, delta).messages,
        (std::vector<UidFlags>{
            {1, flags_from_text("\\Seen"), 0}, {2, flags_from_text("\\Draft"), 0}, {5, {}, 0}}));
}

TEST(DeltaView, does_not_count_what_came_in_since_the_mailbox_was_opened) {
    const ServerView view{7, plain({1, 2, 50})};
    EXPECT_TRUE(adds_up(view, opened_with(2, 50)));
    EXPECT_FALSE(adds_up(view, opened_with(3, 50)));
    EXPECT_TRUE(adds_up(view, opened_with(3, std::nullopt)));
}

TEST(DeltaView, is_not_believed_where_the_server_shows_a_part_only) {
    ServerView view{7, plain({1, 2})};
    EXPECT_TRUE(believes_vanishing(view, opened_with(2, 50)));
    EXPECT_FALSE(believes_vanishing(view, opened_with(3, 50)));
    view.messages.resize(10'000);
    EXPECT_FALSE(believes_vanishing(view, opened_with(10'000, 50)));
}

TEST(Brake, holds_when_more_than_fifty_and_a_fifth_are_missing) {
    EXPECT_FALSE(needs_a_look(50, 50, std::nullopt));
    EXPECT_TRUE(needs_a_look(51, 51, std::nullopt));
    EXPECT_FALSE(needs_a_look(60, 300, std::nullopt));
    EXPECT_TRUE(needs_a_look(61, 300, std::nullopt));
}

TEST(Brake, lets_go_of_what_was_accepted_and_of_no_more) {
    const Loss waiting{"INBOX", "INBOX", 60, 100, today, std::nullopt};
    auto accepted = waiting;
    accepted.accepted_at = today;
    EXPECT_TRUE(needs_a_look(60, 100, waiting));
    EXPECT_FALSE(needs_a_look(60, 100, accepted));
    EXPECT_FALSE(needs_a_look(110, 1000, accepted));
    EXPECT_TRUE(needs_a_look(111, 400, accepted));
}
