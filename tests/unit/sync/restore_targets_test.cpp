// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/mailbox_name.hpp"

#include "restore_targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::sync {

namespace {

using testing::ElementsAre;

RestoreSource source(const std::string& name, char delimiter = '/', std::int64_t account = 1) {
    return {
        AccountId{account}, "post", imap::encode_mailbox_name(name), name, delimiter, {}, false};
}

TargetServer server(char delimiter, const std::vector<std::string>& names = {"INBOX"}) {
    TargetServer target;
    target.personal.delimiter = delimiter;
    for (const auto& name : names) {
        target.entries.push_back({imap::encode_mailbox_name(name), name, delimiter, {}, {}});
    }
    return target;
}

std::vector<std::string> mailboxes(const std::vector<RestoreSource>& sources,
                                   const TargetServer& target) {
    std::vector<std::string> names;
    for (const auto& goal : plan_targets(sources, target)) {
        names.push_back(imap::display_mailbox_name(goal.mailbox));
    }
    return names;
}

std::string mailbox(const RestoreSource& from, const TargetServer& target) {
    return mailboxes({from}, target).front();
}

}  // namespace

TEST(RestoreTargets, keep_the_name_where_delimiters_agree) {
    EXPECT_EQ(mailbox(source("Lists/a"), server('/')), "Lists/a");
    EXPECT_EQ(mailbox(source("Zurück"), server('/')), "Zurück");
}

TEST(RestoreTargets, know_inbox_by_any_case) {
    const auto goals =
        plan_targets(std::vector{source("inbox"), source("INBOX", 0, 2)}, server('.'));
    ASSERT_EQ(goals.size(), 1U);
    EXPECT_EQ(goals[0].mailbox, "INBOX");
    EXPECT_TRUE(goals[0].is_there);
    EXPECT_THAT(goals[0].sources, ElementsAre(0U, 1U));
}

TEST(RestoreTargets, are_joined_with_the_delimiter_of_the_target) {
    EXPECT_EQ(mailbox(source("INBOX.Lists.a", '.'), server('/')), "INBOX/Lists/a");
    EXPECT_EQ(mailbox(source("a/b"), server(0)), "a-b");
}

TEST(RestoreTargets, make_one_level_of_a_component_with_the_target_s_delimiter) {
    const auto goals = plan_targets(std::vector{source("v1.2/x")}, server('.'));
    EXPECT_EQ(goals[0].mailbox, "v1_2.x");
    EXPECT_NE(goals[0].remark, "");
}

TEST(RestoreTargets, keep_mailboxes_apart_that_a_change_would_make_one) {
    const std::vector sources{source("a.b"), source("a-b"), source("a_b")};
    EXPECT_THAT(mailboxes(sources, server('.')), ElementsAre("a-b", "a_b", "a_b_2"));
    const std::vector others{source("a_b"), source("a.b", '/', 2)};
    EXPECT_THAT(mailboxes(others, server('.')), ElementsAre("a_b"));
}

TEST(RestoreTargets, go_below_a_prefix) {
    auto target = server('/', {"INBOX", "Restored/2024/Sent"});
    target.prefix = "Restored/2024";
    const auto goals = plan_targets(std::vector{source("Sent"), source("INBOX")}, target);
    EXPECT_EQ(goals[0].mailbox, "Restored/2024/Sent");
    EXPECT_TRUE(goals[0].is_there);
    EXPECT_EQ(goals[1].mailbox, "Restored/2024/INBOX");
    EXPECT_FALSE(goals[1].is_there);
}

TEST(RestoreTargets, go_into_the_personal_namespace) {
    auto target = server('.');
    target.personal.prefix = "INBOX.";
    EXPECT_EQ(mailbox(source("Work/a"), target), "INBOX.Work.a");
    EXPECT_EQ(mailbox(source("INBOX/a"), target), "INBOX.a");
    EXPECT_EQ(mailbox(source("INBOX"), target), "INBOX");
}

TEST(RestoreTargets, come_out_of_a_namespace_below_inbox) {
    auto from = source("INBOX.Work", '.');
    EXPECT_EQ(mailbox(from, server('/')), "INBOX/Work");
    from.is_below_inbox = true;
    EXPECT_EQ(mailbox(from, server('/')), "Work");
}

TEST(RestoreTargets, keep_their_names_on_the_server_they_came_from) {
    auto target = server('.', {"INBOX", "INBOX.Sent"});
    target.account = AccountId{1};
    auto from = source("INBOX.Sent", '.');
    from.is_below_inbox = true;
    EXPECT_EQ(mailbox(from, target), "INBOX.Sent");
    EXPECT_EQ(mailbox(source("INBOX.Old", '.', 2), target), "INBOX.Old");
}

TEST(RestoreTargets, are_made_for_what_the_server_said_the_mailbox_is_for) {
    auto told = source("Posted");
    told.attributes = {"\\HasNoChildren", "\\Sent"};
    const auto goals = plan_targets(std::vector{told, source("Trash")}, server('/'));
    EXPECT_EQ(goals[0].role, "\\Sent");
    EXPECT_EQ(goals[1].role, "");
    auto below = server('/');
    below.prefix = "Restored";
    EXPECT_EQ(plan_targets(std::vector{told}, below)[0].role, "");
}

TEST(RestoreTargets, follow_what_a_mailbox_is_for) {
    auto target = server('/', {"INBOX", "Gesendet", "Sent Items"});
    target.entries[1].attributes = {"\\hasnochildren", "\\sent"};
    const auto goals = plan_targets(std::vector{source("Sent")}, target);
    EXPECT_EQ(goals[0].mailbox, "Gesendet");
    EXPECT_TRUE(goals[0].is_there);
    EXPECT_NE(goals[0].remark, "");
    auto told = source("Ablage");
    EXPECT_EQ(mailbox(told, target), "Ablage");
    told.attributes = {"\\Sent"};
    EXPECT_EQ(mailbox(told, target), "Gesendet");
}

TEST(RestoreTargets, follow_well_known_names_where_the_target_tells_no_roles) {
    EXPECT_EQ(mailbox(source("Sent"), server('/', {"INBOX", "Éléments envoyés"})),
              "Éléments envoyés");
    EXPECT_EQ(mailbox(source("Sent"), server('/', {"INBOX"})), "Sent");
    EXPECT_EQ(mailbox(source("Work/Sent"), server('/', {"INBOX", "Gesendet"})), "Work/Sent");
    auto below = server('.', {"INBOX", "INBOX.Sent"});
    below.personal.prefix = "INBOX.";
    EXPECT_EQ(mailbox(source("Gesendet"), below), "INBOX.Sent");
}

TEST(RestoreTargets, have_a_plain_name_for_one_that_is_refused) {
    EXPECT_EQ(plain_mailbox_name("50%/ a*b\"", '/'), "50_/a_b_");
    EXPECT_EQ(plain_mailbox_name("Work", '/'), "Work");
    EXPECT_EQ(plain_mailbox_name("a/ ", '/'), "a/_");
    EXPECT_EQ(plain_mailbox_name(imap::encode_mailbox_name("Größe 📬!"), '/'),
              imap::encode_mailbox_name("Größe _!"));  // Courier takes nothing beyond U+FFFF
}

}  // namespace mailkeep::sync
