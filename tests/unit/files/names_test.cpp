// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/gmail_labels.hpp"
#include "mailkeep/files/maildir_name.hpp"
#include "mailkeep/files/store_fields.hpp"

#include "json_scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::files {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST(MaildirName, tells_flags_and_keywords) {
    const auto letters = keyword_letters_from("0 $label1\n1 work\nx y\n99 far\n");
    EXPECT_EQ(to_text(maildir_flags("1514896381.M1P2.host,S=5:2,FSab", letters)),
              "\\Flagged \\Seen $label1 work");
    EXPECT_EQ(to_text(maildir_flags("1_2.3.host,U=7,FMD5=abc:2,DRPT", letters)),
              "\\Answered \\Deleted \\Draft $Forwarded");
    EXPECT_EQ(to_text(maildir_flags("1514896381.M1P2.host;2,S", letters)), "\\Seen");
    EXPECT_EQ(to_text(maildir_flags("1514896381.M1P2.host,S=5", letters)), "");
    EXPECT_EQ(to_text(maildir_flags("x:2,Sz,F", letters)), "\\Seen");
}

TEST(MaildirName, tells_mailboxes_of_every_layout) {
    EXPECT_THAT(maildir_mailbox(""), ElementsAre());
    EXPECT_THAT(maildir_mailbox(".Work.Plans"), ElementsAre("Work", "Plans"));
    EXPECT_THAT(maildir_mailbox("Work/Plans"), ElementsAre("Work", "Plans"));
    EXPECT_THAT(maildir_mailbox("Work/.Plans/.Old"), ElementsAre("Work", "Plans", "Old"));
    EXPECT_THAT(maildir_mailbox(".."), ElementsAre());
}

TEST(StoreFields, tells_of_status_and_keywords) {
    const auto fields = store_fields_of(
        "From: a\nStatus: RO\nX-Status: AF\nX-Keywords: work  $label1\n\nStatus: D\n");
    EXPECT_EQ(to_text(fields.flags), "\\Answered \\Flagged \\Seen $label1 work");
    EXPECT_EQ(fields.octets_above, 0U);
}

TEST(StoreFields, tells_of_thunderbird) {
    const std::string above =
        "X-Mozilla-Status: 1005\r\nX-Mozilla-Status2: 00000000\r\nX-Mozilla-Keys: work    \r\n";
    const auto fields = store_fields_of(above + "Subject: x\r\n\r\n");
    EXPECT_EQ(to_text(fields.flags), "\\Flagged \\Seen $Forwarded work");
    EXPECT_FALSE(fields.is_expunged);
    EXPECT_EQ(fields.octets_above, above.size());
    EXPECT_TRUE(store_fields_of("X-Mozilla-Status: 0009\n\n").is_expunged);
}

TEST(StoreFields, unfolds_labels_of_takeout) {
    const std::string above = "X-GM-THRID: 1\nX-Gmail-Labels: Inbox,\n Work\n";
    const auto fields = store_fields_of(above + "Subject: x\nX-UIDL: 7\n\n");
    EXPECT_EQ(fields.gmail_labels, "Inbox, Work");
    EXPECT_EQ(fields.octets_above, above.size());
}

TEST(GmailLabels, are_mailboxes_flags_and_labels) {
    const auto places = gmail_places("Inbox,Starred,Unread,Work/Plans,Category Promotions");
    EXPECT_THAT(places.mailboxes,
                UnorderedElementsAre("INBOX", "[Gmail]/Starred", "Work/Plans", "[Gmail]/All Mail"));
    EXPECT_THAT(places.flags.labels,
                UnorderedElementsAre("\\Inbox", "\\Starred", "Work/Plans", "Category Promotions"));
    EXPECT_EQ(to_text(places.flags), "\\Flagged");
}

TEST(GmailLabels, are_known_in_other_languages) {
    const auto places = gmail_places("Boîte de réception,Ouvert,Messages envoyés");
    EXPECT_THAT(places.mailboxes,
                UnorderedElementsAre("INBOX", "[Gmail]/Sent Mail", "[Gmail]/All Mail"));
    EXPECT_TRUE(places.flags.seen);
}

TEST(GmailLabels, keep_spam_and_trash_out_of_all_mail) {
    EXPECT_THAT(gmail_places("Spam,Opened").mailboxes, ElementsAre("[Gmail]/Spam"));
    EXPECT_THAT(gmail_places("Archived,Opened").mailboxes, ElementsAre("[Gmail]/All Mail"));
}

TEST(JsonScanner, reads_what_it_is_asked_for_and_passes_the_rest) {
    JsonScanner json(R"({"a":[1,{"b":"}"},[]],"c":"x\u00e9\"\n","d":12,"e":null,"f":["p","q"]})");
    std::string seen;
    ASSERT_TRUE(json.enter('{'));
    while (const auto name = json.next_member()) {
        seen += *name;
        if (*name == "c") {
            seen += json.text().value_or("?");
        } else if (*name == "d") {
            seen += std::to_string(json.number().value_or(0));
        } else if (*name == "f" && json.enter('[')) {
            while (json.next_item()) {
                seen += json.text().value_or("?");
            }
        } else {
            json.pass();
        }
    }
    EXPECT_FALSE(json.failed());
    EXPECT_EQ(seen, "acxé\"\nd12efpq");
}

TEST(JsonScanner, ends_in_failure_whatever_is_cut_off) {
    const std::string text = R"({"a":[1,{"b":"}"}],"c":"x\u00e9"})";
    for (std::size_t length = 1; length < text.size(); ++length) {
        const auto cut = text.substr(0, length);
        JsonScanner json(cut);
        ASSERT_TRUE(json.enter('{'));
        while (json.next_member()) {
            json.pass();
        }
        EXPECT_TRUE(json.failed()) << cut;
    }
}

}  // namespace
}  // namespace mailkeep::files
