// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/model/retention.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

namespace {

Timestamp at(std::string_view text) {
    return parse_rfc3339(text).value();
}

std::string end_text(std::string_view rule, std::string_view start) {
    const auto end = end_of(keep_rule_from_text(rule), at(start));
    return end ? to_rfc3339(*end) : "never";
}

}  // namespace

TEST(KeepRule, reads_what_it_writes) {
    for (const auto* text : {"forever", "0d", "1d", "36600d", "7y", "100y"}) {
        EXPECT_EQ(to_text(keep_rule_from_text(text)), text);
    }
}

TEST(KeepRule, refuses_what_it_cannot_mean) {
    for (const auto* text : {"", "d", "7", "7w", "-7d", "7.5y", "36601d", "101y", "Forever", "7 d",
                             "99999999999999999999d"}) {
        EXPECT_THROW(static_cast<void>(keep_rule_from_text(text)), Error) << text;
    }
}

TEST(KeepRule, counts_days_and_calendar_years) {
    EXPECT_EQ(end_text("forever", "2024-01-01T00:00:00Z"), "never");
    EXPECT_EQ(end_text("0d", "2024-01-01T10:00:00Z"), "2024-01-01T10:00:00Z");
    EXPECT_EQ(end_text("30d", "2024-02-15T10:00:00Z"), "2024-03-16T10:00:00Z");
    EXPECT_EQ(end_text("7y", "2017-11-23T10:20:30Z"), "2024-11-23T10:20:30Z");
}

TEST(KeepRule, never_ends_a_leap_day_early) {
    EXPECT_EQ(end_text("1y", "2024-02-29T10:00:00Z"), "2025-03-01T10:00:00Z");
    EXPECT_EQ(end_text("4y", "2024-02-29T10:00:00Z"), "2028-02-29T10:00:00Z");
}

TEST(KeepRule, counts_before_1970_too) {
    EXPECT_EQ(end_text("1y", "1969-12-31T23:59:59Z"), "1970-12-31T23:59:59Z");
}

TEST(MailboxRule, reads_what_it_writes) {
    for (const auto* text : {"Trash*=30d", "a=b=7y", "[Gmail]/Spam=0d"}) {
        EXPECT_EQ(to_text(mailbox_rule_from_text(text)), text);
    }
    EXPECT_EQ(mailbox_rule_from_text("a=b=7y").pattern, "a=b");
}

TEST(MailboxRule, refuses_what_it_cannot_mean) {
    for (const auto* text : {"", "Trash", "=30d", "Trash=", "Trash=soon", "a\nb=7d"}) {
        EXPECT_THROW(static_cast<void>(mailbox_rule_from_text(text)), Error) << text;
    }
}

TEST(RetentionPolicy, takes_the_first_rule_that_matches) {
    const RetentionPolicy policy{
        keep_rule_from_text("7y"),
        KeepFrom::ingest,
        {mailbox_rule_from_text("Trash/Legal=forever"), mailbox_rule_from_text("Trash*=30d"),
         mailbox_rule_from_text("[Gmail]/Spam=1d")}};
    EXPECT_EQ(to_text(rule_for(policy, "INBOX")), "7y");
    EXPECT_EQ(to_text(rule_for(policy, "Trash")), "30d");
    EXPECT_EQ(to_text(rule_for(policy, "Trash/Legal")), "forever");
    EXPECT_EQ(to_text(rule_for(policy, "[Gmail]/Spam")), "1d");  // not a pattern's [ ]
}

TEST(RetentionPolicy, keeps_forever_unless_told_otherwise) {
    EXPECT_TRUE(keeps_forever({}));
    EXPECT_TRUE(keeps_forever({{}, KeepFrom::ingest, {mailbox_rule_from_text("Trash=forever")}}));
    EXPECT_FALSE(keeps_forever({{}, KeepFrom::ingest, {mailbox_rule_from_text("Trash=30d")}}));
    EXPECT_FALSE(keeps_forever({keep_rule_from_text("7y"), KeepFrom::ingest, {}}));
}

TEST(Hold, covers_what_it_names_and_everything_when_it_names_nothing) {
    const AccountId one{1};
    const AccountId two{2};
    EXPECT_TRUE(covers({"h", {}, "", ""}, one, "INBOX"));
    EXPECT_TRUE(covers({"h", one, "", ""}, one, "INBOX"));
    EXPECT_FALSE(covers({"h", one, "", ""}, two, "INBOX"));
    EXPECT_TRUE(covers({"h", {}, "Contracts*", ""}, two, "Contracts/2024"));
    EXPECT_FALSE(covers({"h", {}, "Contracts*", ""}, two, "INBOX"));
    EXPECT_TRUE(covers({"h", one, "[Gmail]/All Mail", ""}, one, "[Gmail]/All Mail"));
}

TEST(KeepFrom, reads_what_it_writes) {
    for (const auto from : {KeepFrom::ingest, KeepFrom::internal_date}) {
        EXPECT_EQ(keep_from_named(name_of(from)), from);
    }
    EXPECT_EQ(keep_from_named("date"), std::nullopt);
}
