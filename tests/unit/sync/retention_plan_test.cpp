// SPDX-License-Identifier: Apache-2.0
// The truth tables of retention: what a message's stays say, which clock is believed, and when a
// file may leave the trash.
#include "mailkeep/sync/retention.hpp"

#include <gtest/gtest.h>

namespace mailkeep::sync {

namespace {

using namespace std::chrono;
using catalog::ClockReading;
using catalog::KeptMessage;
using catalog::PlacedHold;
using catalog::Stay;

Timestamp at(std::string_view text) {
    return parse_rfc3339(text).value();
}

const Timestamp now = at("2026-06-01T00:00:00Z");
constexpr AccountId one{1};
constexpr AccountId two{2};

Account account(AccountId id, std::string_view keep, KeepFrom from = KeepFrom::ingest,
                std::string_view host = "mail.example.org") {
    Account made;
    made.id = id;
    made.server.host = host;
    made.retention = {keep_rule_from_text(keep), from, {}};
    return made;
}

AccountsById only(const Account& account) {
    return {{account.id, account}};
}

/// A stay of somebody's that began so many days ago and ended so many days ago.
Stay stay(int began, std::optional<int> ended, AccountId account = one,
          const std::string& mailbox = "INBOX") {
    Stay made{account, mailbox, now - days{began}, now - days{began}, {}, false};
    if (ended) {
        made.gone_at = now - days{*ended};
    }
    return made;
}

Stay collected(int began, AccountId account = one) {
    auto made = stay(began, began, account);
    made.deleted_by_us = true;
    return made;
}

KeptMessage message(std::vector<Stay> stays) {
    return {sha256("m"), 100, std::move(stays)};
}

Fate fate(const KeptMessage& message, const AccountsById& accounts) {
    return plan_retention(message, accounts, {}, now).fate;
}

}  // namespace

TEST(RetentionPlan, keeps_for_ever_by_default_and_without_an_account) {
    EXPECT_EQ(fate(message({stay(9000, 8000)}), only(account(one, "forever"))), Fate::kept);
    EXPECT_EQ(fate(message({stay(9000, 8000)}), {}), Fate::kept);
    EXPECT_EQ(fate(message({}), only(account(one, "0d"))), Fate::kept);
}

TEST(RetentionPlan, keeps_what_stands_on_a_server) {
    EXPECT_EQ(fate(message({stay(9000, {})}), only(account(one, "30d"))), Fate::kept);
    const auto imported = account(one, "30d", KeepFrom::ingest, "");
    EXPECT_EQ(fate(message({stay(9000, {})}), only(imported)), Fate::expired);
}

TEST(RetentionPlan, lets_go_when_the_time_is_over_to_the_millisecond) {
    const auto accounts = only(account(one, "30d"));
    EXPECT_EQ(fate(message({collected(29)}), accounts), Fate::kept);
    EXPECT_EQ(fate(message({collected(30)}), accounts), Fate::expired);
    auto almost = collected(30);
    almost.seen_at += milliseconds{1};
    EXPECT_EQ(fate(message({almost}), accounts), Fate::kept);
}

TEST(RetentionPlan, gives_time_to_notice_what_vanished_by_others_hand) {
    const auto accounts = only(account(one, "30d"));
    EXPECT_EQ(fate(message({stay(400, 6)}), accounts), Fate::waiting);
    EXPECT_EQ(fate(message({stay(400, 7)}), accounts), Fate::expired);
    EXPECT_EQ(fate(message({collected(400)}), accounts), Fate::expired);
    EXPECT_EQ(fate(message({stay(400, 0)}), only(account(one, "0d"))), Fate::expired);
    EXPECT_EQ(fate(message({stay(400, 2)}), only(account(one, "3d"))), Fate::waiting);
    EXPECT_EQ(fate(message({stay(400, 3)}), only(account(one, "3d"))), Fate::expired);
}

TEST(RetentionPlan, counts_from_ingest_or_from_internal_date) {
    auto old_mail = collected(10);
    old_mail.internal_date = now - days{4000};
    EXPECT_EQ(fate(message({old_mail}), only(account(one, "30d"))), Fate::kept);
    EXPECT_EQ(fate(message({old_mail}), only(account(one, "30d", KeepFrom::internal_date))),
              Fate::expired);
    auto new_mail = collected(400);
    new_mail.internal_date = now + days{365 * 73};
    EXPECT_EQ(fate(message({new_mail}), only(account(one, "30d", KeepFrom::internal_date))),
              Fate::kept);
}

TEST(RetentionPlan, takes_ingest_for_a_missing_internal_date) {
    auto undated = collected(10);
    undated.internal_date = Timestamp{};
    EXPECT_EQ(fate(message({undated}), only(account(one, "30d", KeepFrom::internal_date))),
              Fate::kept);
}

TEST(RetentionPlan, makes_a_message_no_younger_by_moving_it) {
    const auto accounts = only(account(one, "30d"));
    EXPECT_EQ(fate(message({stay(40, 20), stay(20, 10, one, "Archive")}), accounts), Fate::expired);
    EXPECT_EQ(fate(message({collected(40, two), stay(20, 10)}), accounts), Fate::kept);
}

TEST(RetentionPlan, keeps_as_long_as_the_longest_of_all_placements_says) {
    AccountsById accounts = only(account(one, "30d"));
    accounts[two] = account(two, "7y");
    const auto both = message({collected(400), collected(400, two)});
    EXPECT_EQ(fate(both, accounts), Fate::kept);
    accounts[two] = account(two, "90d");
    const auto verdict = plan_retention(both, accounts, {}, now);
    EXPECT_EQ(verdict.fate, Fate::expired);
    EXPECT_EQ(verdict.reason.account, two);
    EXPECT_EQ(verdict.reason.rule, "90d from ingest");
    accounts[two] = account(two, "forever");
    EXPECT_EQ(fate(both, accounts), Fate::kept);
    accounts.erase(two);
    EXPECT_EQ(fate(both, accounts), Fate::kept);  // a removed account's mail stays
}

TEST(RetentionPlan, follows_the_rule_of_the_mailbox) {
    auto with_trash = account(one, "forever");
    with_trash.retention.mailboxes = {mailbox_rule_from_text("Trash*=30d")};
    const auto accounts = only(with_trash);
    EXPECT_EQ(fate(message({stay(400, 300, one, "Trash")}), accounts), Fate::expired);
    EXPECT_EQ(fate(message({stay(400, 300, one, "Trash/Old")}), accounts), Fate::expired);
    EXPECT_EQ(fate(message({stay(400, 300)}), accounts), Fate::kept);
    EXPECT_EQ(fate(message({stay(500, 400), stay(400, 300, one, "Trash")}), accounts), Fate::kept);
}

TEST(RetentionPlan, holds_what_a_hold_covers_in_any_of_its_places) {
    const auto accounts = only(account(one, "30d"));
    const auto gone = message({stay(400, 300), stay(300, 200, one, "Contracts")});
    const auto fate_with = [&](const Hold& hold) {
        const std::vector holds{PlacedHold{hold, now}};
        return plan_retention(gone, accounts, holds, now);
    };
    EXPECT_EQ(fate_with({"all", {}, "", ""}).fate, Fate::held);
    EXPECT_EQ(fate_with({"all", {}, "", ""}).hold, "all");
    EXPECT_EQ(fate_with({"one", one, "", ""}).fate, Fate::held);
    EXPECT_EQ(fate_with({"box", one, "Contracts", ""}).fate, Fate::held);
    EXPECT_EQ(fate_with({"two", two, "", ""}).fate, Fate::expired);
    EXPECT_EQ(fate_with({"box", one, "Drafts", ""}).fate, Fate::expired);
}

TEST(RetentionPlan, does_not_call_held_what_is_kept_anyway) {
    const std::vector holds{PlacedHold{{"all", {}, "", ""}, now}};
    const auto young = message({collected(3)});
    EXPECT_EQ(plan_retention(young, only(account(one, "30d")), holds, now).fate, Fate::kept);
}

TEST(ClockPlan, believes_a_clock_that_goes_with_the_machine) {
    const ClockReading last{now, "a", hours{5}};
    for (const auto passed : {days{0}, days{1}, days{400}}) {
        EXPECT_EQ(plan_clock(last, now, {now + passed, "a", hours{5} + passed}), "");
    }
    EXPECT_EQ(plan_clock(last, now, {now + hours{25}, "a", hours{6}}), "");  // summer time, NTP
    EXPECT_EQ(plan_clock(last, now, {now - hours{1}, "a", hours{6}}), "");
}

TEST(ClockPlan, refuses_jumps_within_one_boot) {
    const ClockReading last{now, "a", hours{5}};
    for (const auto jump : {days{2}, days{3650}}) {
        EXPECT_NE(plan_clock(last, {}, {now + jump, "a", hours{6}}), "");
        EXPECT_NE(plan_clock(last, {}, {now - jump, "a", hours{6}}), "");
    }
    EXPECT_NE(plan_clock(last, {}, {now + hours{24} + milliseconds{1}, "a", hours{5}}), "");
    EXPECT_EQ(plan_clock(last, {}, {now + hours{24}, "a", hours{5}}), "");
    // stood still while the machine ran for days
    EXPECT_NE(plan_clock(last, {}, {now, "a", hours{5} + days{9}}), "");
}

TEST(ClockPlan, allows_little_time_over_a_boot) {
    const ClockReading last{now, "a", hours{500}};
    EXPECT_EQ(plan_clock(last, now, {now + hours{20}, "b", hours{1}}), "");
    EXPECT_NE(plan_clock(last, now, {now + days{2}, "b", hours{1}}), "");
    EXPECT_NE(plan_clock(last, now, {now - days{2}, "b", hours{1}}), "");
    EXPECT_NE(plan_clock({{now, "", hours{5}}}, now, {now + days{2}, "", hours{53}}), "");
}

TEST(ClockPlan, takes_no_batch_for_a_witness_that_much_time_has_passed) {
    const ClockReading last{now, "a", hours{5}};
    const auto wrong = now + days{3650};
    EXPECT_NE(plan_clock(last, wrong, {wrong, "b", hours{1}}), "");
}

TEST(ClockPlan, never_believes_a_clock_behind_the_archive) {
    EXPECT_NE(plan_clock({}, now, {now - days{2}, "a", hours{5}}), "");
    EXPECT_NE(plan_clock({}, now, {at("1969-01-01T00:00:00Z"), "a", hours{5}}), "");
    const ClockReading last{now - days{2}, "a", hours{5}};
    EXPECT_NE(plan_clock(last, now, {now - days{2}, "a", hours{5}}), "");
}

TEST(ClockPlan, begins_near_the_newest_batch) {
    EXPECT_EQ(plan_clock({}, {}, {now, "a", hours{5}}), "");
    EXPECT_EQ(plan_clock({}, now, {now + hours{24}, "a", hours{5}}), "");
    EXPECT_NE(plan_clock({}, now, {now + hours{25}, "a", hours{5}}), "");
}

TEST(TrashPlan, waits_for_days_runs_and_the_second_copy) {
    const auto file = [](int age, std::uint64_t runs) {
        return catalog::TrashedFile{"x.mkp", now - days{age}, runs};
    };
    EXPECT_EQ(plan_trash(file(7, 3), SecondCopy::none, now), "");
    EXPECT_EQ(plan_trash(file(7, 3), SecondCopy::complete, now), "");
    EXPECT_NE(plan_trash(file(7, 3), SecondCopy::behind, now), "");
    EXPECT_NE(plan_trash(file(6, 3), SecondCopy::none, now), "");
    EXPECT_NE(plan_trash(file(7, 2), SecondCopy::none, now), "");
    EXPECT_NE(plan_trash(file(-3650, 9), SecondCopy::none, now), "");
}

}  // namespace mailkeep::sync
