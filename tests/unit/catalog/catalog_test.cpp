// SPDX-License-Identifier: Apache-2.0
// The catalog as a whole: what each event does, that telling it twice changes nothing, and that a
// retold story gives the same catalog.
#include "mailkeep/base/error.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

/// Two accounts, three mailboxes, and one of every kind of event.
void tell_everything(Story& story) {
    story.account(1, "work").account(2, "home");
    story.event(UserSaved{"root", "hash"}, RunId{});
    story.apply();
    story.event(RunStarted{AccountId{1}, RunKind::mirror});
    story.mailbox("INBOX").mailbox("Archive");
    story.letter({.name = "a", .subject = "Invoice", .attachments = {"bill.pdf", ""}});
    story.letter({.name = "b", .subject = "Hello", .text = "see you"});
    story.seen("a", "INBOX", 1).seen("a", "Archive", 4, "\\Seen").seen("b", "INBOX", 2, "Later");
    story.apply();
    story.flags("INBOX", 1, "\\Seen \\Flagged").gone("Archive", {4});
    story.event(RunFinished{RunState::done, {.seen = 3, .stored = 2}, ""});
    story.apply();
    story.event(MailboxGone{AccountId{1}, "Archive"}).mailbox("INBOX", 2);
    story.event(Restored{"imaps://bob@example.net", "INBOX", 9, 5, id_of("a")}, RunId{2});
    story.event(AccountRemoved{AccountId{2}}, RunId{}).event(UserRemoved{"root"}, RunId{});
    story.apply();
}

std::vector<std::string> names_of(const std::vector<Account>& accounts) {
    std::vector<std::string> names;
    for (const auto& account : accounts) {
        names.push_back(account.name);
    }
    return names;
}

std::vector<Uid> uids_of(const MirrorState& state) {
    std::vector<Uid> uids;
    for (const auto& message : state.messages) {
        uids.push_back(message.uid);
    }
    return uids;
}

}  // namespace

TEST(Catalog, keeps_every_setting_of_an_account) {
    Story story;
    Account account;
    account.id = AccountId{7};
    account.name = "büro";
    account.server = {
        Protocol::pop3, Security::plaintext, "mail.example.org", 1100, "bob", "/etc/ca.pem",
        "00ff"};
    account.sealed_password = std::string("\0\xff\x01", 3);
    account.include = {"INBOX", ""};
    account.exclude = {"Spam*"};
    account.watch = {"INBOX", "Sent"};
    account.schedule = {std::chrono::minutes{5}};
    account.delete_policy = {DeletePolicy::Kind::days, 30};
    account.retention = {{KeepRule::Unit::years, 7},
                         KeepFrom::internal_date,
                         {{"Tr=sh*", {KeepRule::Unit::days, 30}}, {"Contracts", {}}}};
    story.event(AccountSaved{account}).apply();
    EXPECT_EQ(story.catalog.account(AccountId{7}), account);
    EXPECT_EQ(story.catalog.account_named("büro"), account);
    EXPECT_EQ(story.catalog.account_named("buro"), std::nullopt);
    account.name = "home";
    account.include = {};
    account.watch = {};
    story.event(AccountSaved{account}).apply();
    EXPECT_THAT(story.catalog.accounts(), ElementsAre(account));
    EXPECT_EQ(story.catalog.next_account_id(), AccountId{8});
}

TEST(Catalog, keeps_how_a_service_follows_an_account_until_it_ends) {
    Story story;
    const Watching waiting{WatchState::waiting, from_unix_ms(5), from_unix_ms(9), "no answer"};
    EXPECT_EQ(story.catalog.watching(AccountId{7}), Watching{});
    story.catalog.note_watching(AccountId{7}, {WatchState::watching, from_unix_ms(1), {}, {}});
    story.catalog.note_watching(AccountId{7}, waiting);
    EXPECT_EQ(story.catalog.watching(AccountId{7}), waiting);
    story.catalog.forget_watches();
    EXPECT_EQ(story.catalog.watching(AccountId{7}), Watching{});
}

TEST(Catalog, forgets_settings_but_not_mail_and_name_of_a_removed_account) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a"}).seen("a", "INBOX", 1).apply();
    story.event(AccountRemoved{AccountId{1}}).apply();
    EXPECT_THAT(story.catalog.accounts(), IsEmpty());
    EXPECT_EQ(story.catalog.account(AccountId{1}), std::nullopt);
    EXPECT_EQ(story.catalog.next_account_id(), AccountId{2});
    EXPECT_EQ(story.catalog.mailboxes(std::nullopt, std::nullopt).at(0).account_name, "work");
    story.account(2, "work").apply();
    EXPECT_EQ(story.catalog.account_named("work")->id, AccountId{2});
    EXPECT_THAT(names_of(story.catalog.accounts()), ElementsAre("work"));
}

TEST(Catalog, takes_mail_of_accounts_and_mailboxes_nobody_announced) {
    Story story;
    story.letter({.name = "a"}).seen("a", "Lost", 12, "", 3).apply();
    EXPECT_THAT(uids_of(story.catalog.mirror_state(AccountId{3}, "Lost")), ElementsAre(12));
    EXPECT_THAT(story.catalog.accounts(), IsEmpty());
}

TEST(Catalog, keeps_what_a_mailbox_is) {
    Story story;
    story.account(1, "work");
    story.event(
        MailboxSeen{AccountId{1}, "Entw&APw-rfe", "Entwürfe", '/', {"\\Drafts", "\\X"}, 77});
    story.apply();
    const auto row = story.catalog.mailbox(AccountId{1}, "Entw&APw-rfe").value();
    EXPECT_EQ(row.account_name, "work");
    EXPECT_EQ(row.name, "Entwürfe");
    EXPECT_EQ(row.mailbox, "Entw&APw-rfe");
    EXPECT_EQ(row.delimiter, '/');
    EXPECT_THAT(row.attributes, ElementsAre("\\Drafts", "\\X"));
    EXPECT_EQ(row.uid_validity, 77U);
    EXPECT_FALSE(row.is_gone);
    EXPECT_EQ(story.catalog.mailbox(AccountId{2}, "Entw&APw-rfe").has_value(), false);
}

TEST(Catalog, counts_a_mailbox) {
    Story story;
    story.account(1, "work").mailbox("INBOX").mailbox("Empty");
    story.letter({.name = "a", .size = 10}).letter({.name = "b", .size = 20});
    story.letter({.name = "c", .size = 40});
    story.seen("a", "INBOX", 1, "\\Seen").seen("b", "INBOX", 2).seen("c", "INBOX", 3).apply();
    story.gone("INBOX", {3}).apply();
    const auto rows = story.catalog.mailboxes(AccountId{1}, std::nullopt);
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(rows[0].name, "Empty");
    EXPECT_EQ(rows[0].messages, 0U);
    EXPECT_EQ(rows[1].messages, 2U);
    EXPECT_EQ(rows[1].unread, 1U);
    EXPECT_EQ(rows[1].size, 30U);
    EXPECT_THAT(story.catalog.mailboxes(AccountId{2}, std::nullopt), IsEmpty());
    const auto totals = story.catalog.totals();
    EXPECT_EQ(totals.messages, 3U);
    EXPECT_EQ(totals.octets, 70U);
    EXPECT_EQ(totals.placements, 2U);
}

TEST(Catalog, tells_a_mirror_what_stands_on_the_server) {
    Story story;
    story.account(1, "work").mailbox("INBOX", 1);
    story.letter({.name = "a"}).letter({.name = "b"});
    story.seen("b", "INBOX", 20, "\\Answered \\Draft Zeta alpha").seen("a", "INBOX", 3).apply();
    const auto state = story.catalog.mirror_state(AccountId{1}, "INBOX");
    EXPECT_EQ(state.uid_validity, 1U);
    ASSERT_THAT(uids_of(state), ElementsAre(3, 20));
    EXPECT_EQ(state.messages[1].flags, flags_from_text("\\Answered \\Draft Zeta alpha"));
    EXPECT_EQ(story.catalog.next_uid(AccountId{1}, "INBOX"), 21U);
    story.gone("INBOX", {20}).apply();
    EXPECT_THAT(uids_of(story.catalog.mirror_state(AccountId{1}, "INBOX")), ElementsAre(3));
    EXPECT_EQ(story.catalog.next_uid(AccountId{1}, "INBOX"), 21U);
    EXPECT_EQ(story.catalog.mirror_state(AccountId{1}, "Nowhere").uid_validity, 0U);
    EXPECT_EQ(story.catalog.next_uid(AccountId{1}, "Nowhere"), 1U);
}

TEST(Catalog, ends_all_placements_when_uid_validity_changes) {
    Story story;
    story.account(1, "work").mailbox("INBOX", 1).letter({.name = "a"}).seen("a", "INBOX", 3);
    story.apply();
    story.mailbox("INBOX", 2).gone("INBOX", {3}, GoneReason::uid_validity).apply();
    const auto state = story.catalog.mirror_state(AccountId{1}, "INBOX");
    EXPECT_EQ(state.uid_validity, 2U);
    EXPECT_THAT(state.messages, IsEmpty());
}

TEST(Catalog, follows_flags_and_ignores_those_of_unknown_placements) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a"}).seen("a", "INBOX", 3).apply();
    story.flags("INBOX", 3, "\\Seen Todo").flags("INBOX", 4, "\\Seen").flags("No", 3, "").apply();
    const auto state = story.catalog.mirror_state(AccountId{1}, "INBOX");
    ASSERT_THAT(uids_of(state), ElementsAre(3));
    EXPECT_EQ(to_text(state.messages[0].flags), "\\Seen Todo");
}

TEST(Catalog, ignores_the_end_of_unknown_placements) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a"}).seen("a", "INBOX", 3).apply();
    story.gone("INBOX", {1, 2, 4}).gone("Nowhere", {3});
    story.event(MailboxGone{AccountId{1}, "Nowhere"}).apply();
    EXPECT_THAT(uids_of(story.catalog.mirror_state(AccountId{1}, "INBOX")), ElementsAre(3));
    EXPECT_THAT(story.catalog.mailboxes(std::nullopt, std::nullopt), SizeIs(1));
}

TEST(Catalog, goes_on_with_a_renamed_mailbox) {
    Story story;
    story.account(1, "work").mailbox("Old").letter({.name = "a"});
    story.seen("a", "Old", 3).apply();
    const AccountId account{1};
    story.catalog.note_cursor(account, "Old", {1, 4, 1, {}, {}});
    story.event(MailboxRenamed{account, "Old", "New", "New", '.'}).apply();
    EXPECT_FALSE(story.catalog.mailbox(account, "Old"));
    EXPECT_EQ(story.catalog.mailbox(account, "New")->delimiter, '.');
    EXPECT_THAT(uids_of(story.catalog.mirror_state(account, "New")), ElementsAre(3));
    EXPECT_EQ(story.catalog.cursor(account, "New")->uid_next, 4U);
    story.mailbox("Old", 9).apply();
    EXPECT_THAT(uids_of(story.catalog.mirror_state(account, "Old")), ElementsAre());
}

TEST(Catalog, calls_a_renamed_mailbox_as_it_was_called_then) {
    Story story;
    const AccountId account{1};
    const auto first = story.account(1, "work").mailbox("First").apply();
    const auto second = story.event(MailboxRenamed{account, "First", "S&-1", "S&1", '.'}).apply();
    const auto third = story.event(MailboxRenamed{account, "S&-1", "Third", "Third", '/'}).apply();
    const auto called = [&](std::optional<Timestamp> as_of) {
        const auto row = story.catalog.mailboxes(account, as_of).at(0);
        return row.name + row.delimiter + row.mailbox;
    };
    EXPECT_EQ(called(first), "First/First");
    EXPECT_EQ(called(second), "S&1.S&-1");
    EXPECT_EQ(called(third), "Third/Third");
    EXPECT_EQ(called({}), "Third/Third");
}

TEST(Catalog, keeps_what_a_server_calls_a_mailbox_under_any_name) {
    Story story;
    story.account(1, "work");
    story.event(MailboxSeen{AccountId{1}, "Work", "Work", '/', {}, 7, "F1"}).apply();
    EXPECT_EQ(story.catalog.mailbox(AccountId{1}, "Work")->object_id, "F1");
    EXPECT_EQ(story.catalog.mailbox_names(AccountId{1}).at(0).object_id, "F1");
}

TEST(Catalog, keeps_apart_two_mailboxes_of_which_one_was_renamed_to_the_other) {
    Story story;
    story.account(1, "work").mailbox("Old").mailbox("New").letter({.name = "a"});
    story.seen("a", "Old", 3).apply();
    story.event(MailboxRenamed{AccountId{1}, "Old", "New", "New", '/'}).apply();
    story.event(MailboxRenamed{AccountId{1}, "Nowhere", "There", "There", '/'}).apply();
    EXPECT_THAT(uids_of(story.catalog.mirror_state(AccountId{1}, "Old")), ElementsAre(3));
    EXPECT_THAT(story.catalog.mailboxes(std::nullopt, std::nullopt), SizeIs(2));
}

TEST(Catalog, takes_a_repeated_sighting_for_the_same_placement) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a"}).seen("a", "INBOX", 3).apply();
    story.seen("a", "INBOX", 3).apply();
    EXPECT_THAT(story.catalog.message(id_of("a"))->placements, SizeIs(1));
    story.seen("a", "INBOX", 3, "\\Seen").apply();
    const auto placements = story.catalog.message(id_of("a"))->placements;
    ASSERT_THAT(placements, SizeIs(1));
    EXPECT_TRUE(placements[0].flags.seen);
}

TEST(Catalog, begins_a_new_placement_when_a_uid_shows_other_octets) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a"}).seen("a", "INBOX", 3).apply();
    const auto change = story.letter({.name = "b"}).seen("b", "INBOX", 3).apply();
    EXPECT_EQ(story.catalog.message(id_of("a"))->placements.at(0).gone_at, change);
    EXPECT_EQ(story.catalog.message(id_of("b"))->placements.at(0).gone_at, std::nullopt);
    EXPECT_THAT(uids_of(story.catalog.mirror_state(AccountId{1}, "INBOX")), ElementsAre(3));
}

TEST(Catalog, keeps_the_earlier_stay_of_a_message_that_comes_back) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a"});
    const auto came = story.seen("a", "INBOX", 3).apply();
    const auto left = story.gone("INBOX", {3}).apply();
    const auto came_back = story.seen("a", "INBOX", 3).apply();
    const auto placements = story.catalog.message(id_of("a"))->placements;
    ASSERT_THAT(placements, SizeIs(2));
    EXPECT_EQ(placements[0].seen_at, came);
    EXPECT_EQ(placements[0].gone_at, left);
    EXPECT_EQ(placements[1].seen_at, came_back);
    EXPECT_EQ(placements[1].gone_at, std::nullopt);
}

TEST(Catalog, still_counts_what_we_deleted_on_the_server_ourselves) {
    Story story;
    story.account(1, "work").mailbox("INBOX").letter({.name = "a"}).seen("a", "INBOX", 1).apply();
    story.gone("INBOX", {1}, GoneReason::deleted_by_us).apply();
    EXPECT_THAT(story.catalog.mirror_state(AccountId{1}, "INBOX").messages, IsEmpty());
    EXPECT_THAT(story.catalog.collected(AccountId{1}), IsEmpty());
    EXPECT_EQ(story.catalog.mailbox(AccountId{1}, "INBOX")->messages, 1U);
    EXPECT_EQ(story.catalog.totals().placements, 1U);
    const auto found = story.catalog.search({}, std::nullopt, story_begins, {});
    EXPECT_FALSE(found.page.items.at(0).is_gone);
    story.seen("a", "INBOX", 1, "\\Seen").apply();
    EXPECT_THAT(uids_of(story.catalog.mirror_state(AccountId{1}, "INBOX")), ElementsAre(1));
    EXPECT_THAT(story.catalog.message(id_of("a"))->placements, SizeIs(1));
}

TEST(Catalog, keeps_the_ledger_of_a_maildrop) {
    Story story;
    story.account(1, "pop").letter({.name = "a", .size = 5}).letter({.name = "b"});
    const auto seen_at =
        story.event(Seen{AccountId{1}, "INBOX", 1, 1, "UIDL-1", id_of("a"), {}, {}})
            .event(Seen{AccountId{1}, "INBOX", 1, 2, "UIDL-2", id_of("b"), {}, {}})
            .apply();
    story.gone("INBOX", {2}, GoneReason::deleted_by_us).apply();
    const auto ledger = story.catalog.collected(AccountId{1});
    ASSERT_THAT(ledger, SizeIs(1));
    EXPECT_EQ(ledger[0].uid, 1U);
    EXPECT_EQ(ledger[0].unique_id, "UIDL-1");
    EXPECT_EQ(ledger[0].content_id, id_of("a"));
    EXPECT_EQ(ledger[0].size, 5U);
    EXPECT_EQ(ledger[0].seen_at, seen_at);
    EXPECT_EQ(story.catalog.next_uid(AccountId{1}, "INBOX"), 3U);
}

TEST(Catalog, keeps_what_a_message_says_and_where_its_octets_stand) {
    Story story;
    const Letter letter{.name = "a",
                        .subject = "Grüße",
                        .cc = "Carol <carol@example.org>",
                        .bcc = "dave@example.org",
                        .message_id = "1@example.org",
                        .list_id = "list.example.org",
                        .attachments = {"x.pdf", "", "ü.txt"},
                        .size = 4321};
    story.account(1, "work").mailbox("INBOX").letter(letter).seen("a", "INBOX", 3, "\\Seen Todo");
    const auto seen_at = story.apply();
    const auto detail = story.catalog.message(id_of("a")).value();
    const StoredMessage stored{id_of("a"), 4321, {"journal/1.mkj", 100, 7}};
    EXPECT_EQ(detail.stored, stored);
    EXPECT_EQ(story.catalog.stored(id_of("a")), stored);
    EXPECT_EQ(detail.date, letter.sent_date);
    EXPECT_EQ(detail.summary.sent_date, letter.sent_date);
    EXPECT_EQ(detail.summary.subject, letter.subject);
    EXPECT_EQ(detail.summary.from, letter.from);
    EXPECT_EQ(detail.summary.to, letter.to);
    EXPECT_EQ(detail.summary.cc, letter.cc);
    EXPECT_EQ(detail.summary.bcc, letter.bcc);
    EXPECT_EQ(detail.summary.message_id, letter.message_id);
    EXPECT_EQ(detail.summary.list_id, letter.list_id);
    EXPECT_EQ(detail.summary.attachments, letter.attachments);
    ASSERT_THAT(detail.placements, SizeIs(1));
    const auto& placement = detail.placements[0];
    EXPECT_EQ(placement.account, AccountId{1});
    EXPECT_EQ(placement.account_name, "work");
    EXPECT_EQ(placement.mailbox, "INBOX");
    EXPECT_EQ(placement.mailbox_raw, "INBOX");
    EXPECT_EQ(placement.delimiter, '/');
    EXPECT_EQ(placement.uid_validity, 1U);
    EXPECT_EQ(placement.uid, 3U);
    EXPECT_EQ(placement.message, stored);
    EXPECT_EQ(placement.message_id, "1@example.org");
    EXPECT_EQ(placement.internal_date.at, at("2024-05-20T08:00:00Z"));
    EXPECT_EQ(placement.internal_date.zone, std::chrono::minutes{120});
    EXPECT_EQ(to_text(placement.flags), "\\Seen Todo");
    EXPECT_EQ(placement.seen_at, seen_at);
    EXPECT_EQ(story.catalog.stored(id_of("b")), std::nullopt);
    EXPECT_FALSE(story.catalog.message(id_of("b")).has_value());
}

TEST(Catalog, reads_a_message_that_was_stored_again_from_its_newest_copy) {
    Story story;
    story.letter({.name = "a", .subject = "once"}).apply();
    story.letter({.name = "a", .subject = "once"}).apply();
    EXPECT_EQ(story.catalog.stored(id_of("a"))->location.frame, 200U);
    EXPECT_EQ(story.catalog.search(SearchQuery::parse("once"), {}, story_begins, {}).total, 1U);
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
}

TEST(Catalog, resolves_the_beginning_of_an_id) {
    Story story;
    story.letter({.name = "a"}).apply();
    const auto hex = id_of("a").hex();
    EXPECT_EQ(story.catalog.resolve(hex), id_of("a"));
    EXPECT_EQ(story.catalog.resolve(hex.substr(0, 9)), id_of("a"));
    EXPECT_EQ(story.catalog.resolve("00000000"), std::nullopt);
    EXPECT_THROW((void)story.catalog.resolve(hex.substr(0, 7)), Error);
    EXPECT_THROW((void)story.catalog.resolve("not hex digits"), Error);
    auto told = story.told.back();
    ++told.batch.number;
    auto twin = id_of("a");
    twin.octets.back() ^= 1U;
    told.batch.messages[0].content_id = twin;
    told.summaries[0].content_id = twin;
    story.catalog.apply(told.batch, told.summaries);
    EXPECT_THROW((void)story.catalog.resolve(hex.substr(0, 62)), Error);
    EXPECT_EQ(story.catalog.resolve(twin.hex()), twin);
}

TEST(Catalog, knows_what_restores_have_put_where) {
    Story story;
    story.letter({.name = "a"}).letter({.name = "b"});
    story.event(Restored{"imaps://x", "INBOX", 7, 2, id_of("a")});
    story.event(Restored{"imaps://x", "INBOX", 7, 1, id_of("b")});
    story.event(Restored{"imaps://x", "INBOX", 8, 1, id_of("a")});
    story.event(Restored{"imaps://x", "INBOX", 7, 0, id_of("a")});
    story.apply();
    std::vector<std::tuple<UidValidity, Uid, ContentId>> found;
    const auto take = [&](UidValidity uid_validity, Uid uid, const ContentId& message) {
        found.emplace_back(uid_validity, uid, message);
    };
    story.catalog.for_each_restored("imaps://x", "INBOX", take);
    EXPECT_THAT(found, ElementsAre(std::tuple(7, 0, id_of("a")), std::tuple(7, 1, id_of("b")),
                                   std::tuple(7, 2, id_of("a")), std::tuple(8, 1, id_of("a"))));
    found.clear();
    story.catalog.for_each_restored("imaps://y", "INBOX", take);
    EXPECT_THAT(found, IsEmpty());
}

TEST(Catalog, gives_every_stored_message) {
    Story story;
    story.letter({.name = "a"}).letter({.name = "b"}).apply();
    std::vector<ContentId> found;
    story.catalog.for_each_stored(
        [&](const StoredMessage& stored) { found.push_back(stored.content_id); });
    EXPECT_THAT(found, testing::UnorderedElementsAre(id_of("a"), id_of("b")));
}

TEST(Catalog, passes_over_batches_it_has_and_refuses_gaps) {
    Story story;
    tell_everything(story);
    const auto before = story.catalog.fingerprint();
    tell(story.told, story.catalog);
    EXPECT_EQ(story.catalog.fingerprint(), before);
    EXPECT_EQ(story.catalog.applied_up_to(), story.told.size());
    CommittedBatch gap;
    gap.number = story.told.size() + 2;
    EXPECT_THROW(story.catalog.apply(gap, {}), Error);
}

TEST(Catalog, becomes_the_same_when_the_story_is_told_again) {
    Story story;
    tell_everything(story);
    const mailkeep::test::TempDir dir;
    Catalog again(dir.path(), Access::read_write);
    tell(story.told, again);
    EXPECT_EQ(again.fingerprint(), story.catalog.fingerprint());
    EXPECT_EQ(again.run(RunId{1})->state, RunState::done);
    EXPECT_THAT(again.integrity_findings(), IsEmpty());
}

TEST(Catalog, has_a_fingerprint_that_sees_every_table) {
    Story story;
    auto before = story.catalog.fingerprint();
    tell_everything(story);
    story.event(UserSaved{"eve", "hash"}, RunId{});
    story.event(Expired{id_of("z"), AccountId{1}, "INBOX", "30d"}, RunId{});
    story.mailbox("Old").event(MailboxRenamed{AccountId{1}, "Old", "New", "New", '/'});
    story.event(HoldPlaced{{"case 7", {}, {}, {}}}, RunId{}).apply();
    for (const auto& [table, digest] : story.catalog.fingerprint()) {
        EXPECT_NE(digest, before.at(table)) << table;
    }
    EXPECT_THAT(before, SizeIs(14));
}

TEST(Catalog, makes_a_dropped_search_index_anew) {
    Story story;
    tell_everything(story);
    const auto before = story.catalog.fingerprint();
    const mailkeep::test::TempDir dir;
    {
        Catalog other(dir.path(), Access::read_write);
        tell(story.told, other);
    }
    std::filesystem::remove(dir / "search.db");
    EXPECT_THROW(Catalog(dir.path(), Access::read_only), Error);
    Catalog other(dir.path(), Access::read_write);
    EXPECT_EQ(other.applied_up_to(), story.told.size());
    EXPECT_EQ(other.count_unindexed(), other.totals().messages);
    tell(story.told, other);
    EXPECT_EQ(other.count_unindexed(), 0U);
    EXPECT_EQ(other.fingerprint(), before);
}

TEST(Catalog, empties_a_search_index_of_another_catalog) {
    Story story;
    tell_everything(story);
    const auto before = story.catalog.fingerprint();
    const mailkeep::test::TempDir dir;
    {
        Catalog other(dir.path(), Access::read_write);
        tell(story.told, other);
    }
    std::filesystem::remove(dir / "mailkeep.db");
    Catalog other(dir.path(), Access::read_write);
    EXPECT_EQ(other.applied_up_to(), 0U);
    EXPECT_EQ(other.search(SearchQuery::parse("invoice"), {}, story_begins, {}).total, 0U);
    tell(story.told, other);
    EXPECT_EQ(other.fingerprint(), before);
}

TEST(Catalog, catches_up_whichever_file_fell_behind) {
    Story story;
    tell_everything(story);
    const auto before = story.catalog.fingerprint();
    for (const std::string behind : {"mailkeep.db", "search.db"}) {
        const mailkeep::test::TempDir dir;
        { const Catalog made(dir.path(), Access::read_write); }
        std::filesystem::copy(dir / behind, dir / "old");
        {
            Catalog other(dir.path(), Access::read_write);
            tell(story.told, other);
        }
        std::filesystem::remove(dir / behind);
        std::filesystem::rename(dir / "old", dir / behind);
        Catalog other(dir.path(), Access::read_write);
        EXPECT_EQ(other.applied_up_to(), 0U);
        tell(story.told, other);
        EXPECT_EQ(other.fingerprint(), before) << behind;
        EXPECT_THAT(other.integrity_findings(), IsEmpty());
    }
}

TEST(Catalog, can_be_moved) {
    Story story;
    tell_everything(story);
    Catalog moved = std::move(story.catalog);
    EXPECT_EQ(moved.applied_up_to(), 4U);
    story.catalog = std::move(moved);
    EXPECT_EQ(story.catalog.applied_up_to(), 4U);
}

TEST(Catalog, finds_nothing_wrong_in_itself) {
    Story story;
    tell_everything(story);
    EXPECT_THAT(story.catalog.integrity_findings(), IsEmpty());
    EXPECT_THAT(Catalog(story.dir.path(), Access::read_only).integrity_findings(), IsEmpty());
}

TEST(Catalog, names_the_files_it_keeps) {
    EXPECT_THAT(file_names(), ElementsAre("mailkeep.db", "mailkeep.db-wal", "mailkeep.db-shm",
                                          "search.db", "search.db-wal", "search.db-shm"));
}

}  // namespace mailkeep::catalog::test
