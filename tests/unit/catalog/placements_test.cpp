// SPDX-License-Identifier: Apache-2.0
// What a restore or an export takes.
#include "archive_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mailkeep::catalog::test {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const Timestamp now = at("2024-06-01T12:00:00Z");

/// "account/mailbox/uid flags" of each, in the order given, in which their mailboxes are given too.
std::vector<std::string> selected(const Catalog& catalog, const Selection& selection) {
    std::vector<std::string> lines;
    std::vector<std::string> mailboxes;
    catalog.for_each_placement(selection, now, [&](const Placement& placement) {
        mailboxes.push_back(placement.account_name + "/" + placement.mailbox);
        lines.push_back(mailboxes.back() + "/" + std::to_string(placement.uid) + " " +
                        to_text(placement.flags));
    });
    mailboxes.erase(std::unique(mailboxes.begin(), mailboxes.end()), mailboxes.end());
    std::vector<std::string> told;
    for (const auto& mailbox : catalog.selected_mailboxes(selection, now)) {
        EXPECT_EQ(mailbox.mailbox, mailbox.name);
        told.push_back(mailbox.account_name + "/" + mailbox.name);
    }
    EXPECT_EQ(told, mailboxes);
    return lines;
}

class SelectionTest : public testing::Test {
  protected:
    SelectionTest() {
        story.account(1, "work").account(2, "home").mailbox("INBOX").mailbox("Trash");
        story.letter({.name = "a", .subject = "apple"}).letter({.name = "b", .subject = "pear"});
        story.seen("b", "INBOX", 9, "\\Seen").seen("a", "INBOX", 5).seen("a", "Trash", 1);
        story.seen("b", "INBOX", 3, "", 2);
        first = story.apply();
        story.gone("INBOX", {9}).gone("INBOX", {5}).flags("Trash", 1, "\\Seen").apply();
    }

    Story story;
    Timestamp first;
};

}  // namespace

TEST_F(SelectionTest, takes_all_that_stands_by_account_mailbox_and_uid) {
    EXPECT_THAT(selected(story.catalog, {}), ElementsAre("work/Trash/1 \\Seen", "home/INBOX/3 "));
}

TEST_F(SelectionTest, takes_what_stood_at_a_moment_with_the_flags_of_then) {
    EXPECT_THAT(
        selected(story.catalog, {.as_of = first}),
        ElementsAre("work/INBOX/5 ", "work/INBOX/9 \\Seen", "work/Trash/1 ", "home/INBOX/3 "));
    EXPECT_THAT(selected(story.catalog, {.as_of = first - std::chrono::hours{1}}), IsEmpty());
}

TEST_F(SelectionTest, narrows_down_to_accounts_and_mailboxes) {
    EXPECT_THAT(selected(story.catalog, {.account = AccountId{2}}), ElementsAre("home/INBOX/3 "));
    EXPECT_THAT(selected(story.catalog, {.mailboxes = {"Trash", "No"}}),
                ElementsAre("work/Trash/1 \\Seen"));
    EXPECT_THAT(selected(story.catalog, {.mailboxes = {"trash"}}), IsEmpty());
}

TEST_F(SelectionTest, judges_each_placement_by_itself) {
    const auto query = [](std::string_view text) { return SearchQuery::parse(text); };
    EXPECT_THAT(selected(story.catalog, {.query = query("apple")}),
                ElementsAre("work/Trash/1 \\Seen"));
    EXPECT_THAT(selected(story.catalog, {.query = query("is:read")}),
                ElementsAre("work/Trash/1 \\Seen"));
    EXPECT_THAT(selected(story.catalog, {.query = query("in:inbox OR apple")}),
                ElementsAre("work/Trash/1 \\Seen", "home/INBOX/3 "));
    EXPECT_THAT(selected(story.catalog, {.query = query("in:inbox"), .as_of = first}),
                ElementsAre("work/INBOX/5 ", "work/INBOX/9 \\Seen", "home/INBOX/3 "));
    EXPECT_THAT(selected(story.catalog, {.query = query("account:home -apple")}),
                ElementsAre("home/INBOX/3 "));
}

TEST_F(SelectionTest, gives_back_what_is_gone_only_when_asked_for) {
    story.event(Gone{AccountId{2}, "INBOX", 1, UidSet::of({3}), GoneReason::vanished}).apply();
    const auto gone = SearchQuery::parse("is:gone");
    EXPECT_THAT(selected(story.catalog, {.query = SearchQuery::parse("pear")}), IsEmpty());
    EXPECT_THAT(selected(story.catalog, {.query = gone}),
                ElementsAre("work/INBOX/9 \\Seen", "home/INBOX/3 "));
    EXPECT_THAT(selected(story.catalog, {.message = id_of("b")}),
                ElementsAre("work/INBOX/9 \\Seen", "home/INBOX/3 "));
    EXPECT_THAT(selected(story.catalog, {.message = id_of("a")}),
                ElementsAre("work/Trash/1 \\Seen"));
    EXPECT_THAT(selected(story.catalog, {.query = SearchQuery::parse("-is:gone")}),
                ElementsAre("work/Trash/1 \\Seen"));
}

TEST_F(SelectionTest, lets_the_sink_ask_the_catalog) {
    std::size_t asked = 0;
    story.catalog.for_each_placement({}, now, [&](const Placement& placement) {
        EXPECT_TRUE(story.catalog.message(placement.message.content_id).has_value());
        (void)story.catalog.search({}, std::nullopt, now, {});
        (void)story.catalog.mirror_state(placement.account, placement.mailbox_raw);
        ++asked;
    });
    EXPECT_EQ(asked, 2U);
}

}  // namespace mailkeep::catalog::test
