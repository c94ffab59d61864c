// SPDX-License-Identifier: Apache-2.0
// Cursors, quarantine, completeness and losses: what is known beside what batches tell.
#include "mailkeep/catalog/catalog.hpp"

#include "archive_story.hpp"
#include "support/failure_of.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const Timestamp ten = at("2024-07-01T10:00:00Z");
const AccountId post{1};
const MailboxCursor noted{7, 50, 12, 9'000'000'000'000, ten};

}  // namespace

TEST(Following, remembers_a_cursor) {
    Story story;
    story.account(1, "post").mailbox("INBOX", 7).mailbox("Sent", 7).apply();
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), std::nullopt);
    story.catalog.note_cursor(post, "INBOX", noted);
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), noted);
    EXPECT_EQ(story.catalog.cursor(post, "Sent"), std::nullopt);
    const MailboxCursor without{7, 51, 13, std::nullopt, ten};
    story.catalog.note_cursor(post, "INBOX", without);
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), without);
    story.catalog.forget_cursor(post, "INBOX");
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), std::nullopt);
}

TEST(Following, changes_all_or_nothing_of_what_belongs_together) {
    Story story;
    story.account(1, "post").mailbox("INBOX", 7).mailbox("Sent", 7).apply();
    const auto change = [&] {
        story.catalog.note_cursor(post, "INBOX", noted);
        story.catalog.note_quarantined(post, "INBOX", 7, {}, {.at = ten, .on_server = 3});
        const Catalog other(story.dir.path(), Access::read_only);
        EXPECT_EQ(other.cursor(post, "INBOX"), std::nullopt) << "not yet";
    };
    EXPECT_EQ(mailkeep::test::failure_of([&] {
                  story.catalog.together([&] {
                      change();
                      throw Error(Errc::storage, "enough");
                  });
              }).code(),
              Errc::storage);
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), std::nullopt);
    EXPECT_FALSE(story.catalog.mailboxes(post, {}).at(0).completeness);
    story.catalog.together(change);
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), noted);
    EXPECT_EQ(story.catalog.mailboxes(post, {}).at(0).completeness->on_server, 3U);
}

TEST(Following, passes_over_a_mailbox_that_is_not_known) {
    Story story;
    story.account(1, "post").apply();
    story.catalog.note_cursor(post, "INBOX", noted);
    story.catalog.note_quarantined(post, "INBOX", 7, {}, {});
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), std::nullopt);
    EXPECT_EQ(story.catalog.count_on_server(post, "INBOX"), 0U);
}

TEST(Following, forgets_the_cursor_of_a_mailbox_that_went_even_when_it_comes_back) {
    Story story;
    story.account(1, "post").mailbox("INBOX", 7).apply();
    story.catalog.note_cursor(post, "INBOX", noted);
    story.catalog.note_quarantined(post, "INBOX", 7, std::vector<Quarantined>{{3, "no", ten}},
                                   {ten, 1, 0, 1, 0});
    story.event(MailboxGone{post, "INBOX"}).apply();
    story.mailbox("INBOX", 7).apply();
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), std::nullopt);
    EXPECT_THAT(story.catalog.quarantined(post, "INBOX", 7), IsEmpty());
    EXPECT_EQ(story.catalog.mailboxes(post, {}).at(0).completeness, std::nullopt);
}

TEST(Following, forgets_the_cursors_of_an_account_that_is_saved) {
    Story story;
    story.account(1, "post").mailbox("INBOX", 7).apply();
    story.account(2, "other").mailbox("INBOX", 7, 2).apply();
    story.catalog.note_cursor(post, "INBOX", noted);
    story.catalog.note_cursor(AccountId{2}, "INBOX", noted);
    story.account(1, "post").apply();
    EXPECT_EQ(story.catalog.cursor(post, "INBOX"), std::nullopt);
    EXPECT_EQ(story.catalog.cursor(AccountId{2}, "INBOX"), noted);
}

TEST(Following, keeps_the_first_time_of_what_is_quarantined_and_only_the_last_list) {
    Story story;
    story.account(1, "post").mailbox("INBOX", 7).apply();
    const std::vector<Quarantined> first{{3, "refused", ten}, {4, "empty", ten}};
    story.catalog.note_quarantined(post, "INBOX", 7, first, {ten, 5, 3, 2, 0});
    const auto later = ten + std::chrono::hours{1};
    const std::vector<Quarantined> second{{3, "refused again", later}, {9, "empty", later}};
    const Completeness said{later, 6, 4, 2, 0};
    story.catalog.note_quarantined(post, "INBOX", 7, second, said);
    const auto found = story.catalog.quarantined(post, "INBOX", 7);
    EXPECT_THAT(found,
                ElementsAre(Quarantined{3, "refused again", ten}, Quarantined{9, "empty", later}));
    EXPECT_THAT(story.catalog.quarantined(post, "INBOX", 8), IsEmpty());
    const auto rows = story.catalog.mailboxes(post, std::nullopt);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].completeness, said);
    EXPECT_EQ(rows[0].quarantined, found);
    EXPECT_EQ(story.catalog.mailboxes(post, later).at(0).completeness, std::nullopt);
}

TEST(Following, counts_what_is_on_the_server) {
    Story story;
    story.account(1, "post").mailbox("INBOX");
    story.letter({.name = "a"}).letter({.name = "b"});
    story.seen("a", "INBOX", 1).seen("b", "INBOX", 2).apply();
    EXPECT_EQ(story.catalog.count_on_server(post, "INBOX"), 2U);
    story.gone("INBOX", {1}).apply();
    EXPECT_EQ(story.catalog.count_on_server(post, "INBOX"), 1U);
}

TEST(Following, remembers_a_loss_until_it_is_forgotten_and_asks_again_when_it_changes) {
    Story story;
    Loss loss{"INBOX", "INBOX", 60, 100, ten, std::nullopt};
    story.catalog.note_loss(post, loss);
    EXPECT_THAT(story.catalog.losses(post), ElementsAre(loss));
    EXPECT_EQ(story.catalog.accept_losses(post, ten), 1U);
    EXPECT_EQ(story.catalog.accept_losses(post, ten), 0U);
    EXPECT_EQ(story.catalog.losses(post).at(0).accepted_at, ten);
    EXPECT_THAT(story.catalog.losses(AccountId{2}), IsEmpty());
    auto greater = loss;
    greater.lost = 90;
    greater.found_at = ten + std::chrono::hours{1};
    story.catalog.note_loss(post, greater);
    greater.found_at = ten;
    EXPECT_THAT(story.catalog.losses(post), ElementsAre(greater));
    story.catalog.forget_loss(post, "INBOX");
    EXPECT_THAT(story.catalog.losses(post), IsEmpty());
}

}  // namespace mailkeep::catalog::test
