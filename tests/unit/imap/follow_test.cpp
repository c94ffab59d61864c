// SPDX-License-Identifier: Apache-2.0
// What a mailbox is followed with: LIST-STATUS, CONDSTORE, QRESYNC, ESEARCH, and how little is
// asked where they are not offered.
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "support/scripted_stream.hpp"
#include "text_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using test::Script;
using testing::ElementsAre;
using testing::IsEmpty;

std::string greeting_offering(std::string_view capabilities) {
    return "S: * PREAUTH [CAPABILITY IMAP4rev1 " + std::string(capabilities) + "] joe\n";
}

ReadSession greeted(Script& script) {
    ReadSession session(script.open(), Security::tls);
    session.greet();
    return session;
}

constexpr std::string_view enabled = "C: A1 ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: A1 OK\n";

}  // namespace

TEST(Follow, asks_names_and_status_in_one_command) {
    Script script(greeting_offering("LIST-STATUS CONDSTORE") + R"(
        C: A1 LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))
        S: * LIST () "/" Inbox
        S: * STATUS inbox (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 HIGHESTMODSEQ 9223372036854775807)
        S: * LIST (\Noselect) "/" "a b"
        S: * LIST () "/" c
        S: * STATUS "c" ()
        S: A1 OK
    )");
    const auto entries = greeted(script).list_with_status();
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].status, (MailboxStatus{7, 9, 3, 9223372036854775807U}));
    EXPECT_FALSE(entries[1].status.has_value());
    EXPECT_EQ(entries[2].status, MailboxStatus{});
}

TEST(Follow, asks_no_mod_seq_of_a_server_that_keeps_none) {
    Script script(greeting_offering("LIST-STATUS") + R"(
        C: A1 LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))
        S: * LIST () "/" INBOX
        S: A1 OK
    )");
    EXPECT_EQ(greeted(script).list_with_status().size(), 1U);
}

TEST(Follow, asks_again_in_the_plain_form_when_inbox_is_left_out_as_strato_does) {
    Script script(greeting_offering("LIST-STATUS") + R"(
        C: A1 LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))
        S: * LIST () "/" Sent
        S: A1 OK
        C: A2 LIST "" "*"
        S: * LIST () "/" Sent
        S: * LIST () "/" INBOX
        S: A2 OK
    )");
    EXPECT_EQ(greeted(script).list_with_status().size(), 2U);
}

TEST(Follow, asks_again_in_the_plain_form_when_the_extended_one_is_bad) {
    Script script(greeting_offering("LIST-STATUS") + R"(
        C: A1 LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))
        S: A1 BAD Command Argument Error. 12
        C: A2 LIST "" "*"
        S: * LIST () "/" INBOX
        S: A2 OK
    )");
    EXPECT_EQ(greeted(script).list_with_status().size(), 1U);
}

TEST(Follow, asks_status_of_several_mailboxes_before_the_first_answers) {
    Script script(greeting_offering("") + R"(
        C: A1 LIST "" "*"
        S: * LIST () "/" INBOX
        S: * LIST () "/" Locked
        S: * LIST (\Noselect) "/" None
        S: * LIST () "/" Odd
        S: A1 OK
        C: A2 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)
        C: A3 STATUS Locked (MESSAGES UIDNEXT UIDVALIDITY)
        C: A4 STATUS Odd (MESSAGES UIDNEXT UIDVALIDITY)
        S: * STATUS INBOX (UIDVALIDITY 7 UIDNEXT 9 MESSAGES 3)
        S: A3 NO locked
        S: A2 OK
        S: * STATUS Odd
        S: A4 OK
    )");
    ReadSession session = greeted(script);
    auto entries = session.list();
    std::vector<ListEntry*> all;
    for (auto& entry : entries) {
        all.push_back(&entry);
    }
    session.ask_status(all);
    EXPECT_EQ(entries[0].status, (MailboxStatus{7, 9, 3, {}}));
    EXPECT_FALSE(entries[1].status.has_value());
    EXPECT_FALSE(entries[2].status.has_value());
    EXPECT_EQ(entries[3].status, MailboxStatus{});
}

TEST(Follow, resynchronizes_only_what_is_known) {
    Script script(greeting_offering("ENABLE QRESYNC CONDSTORE") + std::string(enabled) + R"(
        C: A2 EXAMINE a (QRESYNC (7 90 1:41))
        S: * OK [CLOSED]
        S: * 17 EXISTS
        S: * OK [UIDVALIDITY 7] valid
        S: * OK [UIDNEXT 50] next
        S: * OK [HIGHESTMODSEQ 120] highest
        S: * VANISHED (EARLIER) 41,5:3,9
        S: * VANISHED 30
        S: * 4 FETCH (UID 8 FLAGS (\Seen) MODSEQ (117))
        S: * 2 FETCH (UID 6 MODSEQ (-1) FLAGS ())
        S: A2 OK
        C: A3 EXAMINE b (CONDSTORE)
        S: * OK [UIDVALIDITY 8]
        S: * OK [NOMODSEQ] none
        S: A3 OK
    )");
    ReadSession session = greeted(script);
    EXPECT_TRUE(session.enable_resync());
    const auto data = session.examine_changes("a", KnownState{7, 90, 41});
    EXPECT_EQ(data.exists, 17U);
    EXPECT_EQ(data.mod_seq, 120U);
    EXPECT_EQ(data.vanished.to_vector(), (std::vector<Uid>{3, 4, 5, 9, 41}));
    EXPECT_THAT(data.changed,
                ElementsAre(UidFlags{6, {}, 0}, UidFlags{8, flags_from_text("\\Seen"), 0}));
    EXPECT_EQ(session.expunged(), 1U);
    EXPECT_FALSE(session.examine_changes("b", std::nullopt).mod_seq.has_value());
    EXPECT_EQ(session.expunged(), 0U);
}

TEST(Follow, never_sends_a_mod_seq_of_zero) {
    Script script(greeting_offering("ENABLE QRESYNC") + std::string(enabled) + R"(
        C: A2 EXAMINE a (CONDSTORE)
        S: * OK [HIGHESTMODSEQ 0]
        S: A2 OK
    )");
    ReadSession session = greeted(script);
    EXPECT_TRUE(session.enable_resync());
    EXPECT_FALSE(session.examine_changes("a", KnownState{7, 0, 41}).mod_seq.has_value());
}

TEST(Follow, goes_without_resync_when_it_cannot_be_enabled) {
    Script script(greeting_offering("ENABLE QRESYNC CONDSTORE") + R"(
        C: A1 ENABLE QRESYNC
        S: A1 BAD unknown
        C: A2 EXAMINE a (CONDSTORE)
        S: A2 OK
    )");
    ReadSession session = greeted(script);
    EXPECT_FALSE(session.enable_resync());
    session.examine_changes("a", KnownState{7, 90, 41});
}

TEST(Follow, asks_for_nothing_that_is_not_advertised) {
    Script script(greeting_offering("") + "C: A1 EXAMINE a\nS: A1 OK\n");
    ReadSession session = greeted(script);
    EXPECT_FALSE(session.enable_resync());
    EXPECT_FALSE(session.has_mod_seqs());
    session.examine_changes("a", KnownState{7, 90, 41});
}

TEST(Follow, distrusts_resync_and_esearch_of_icloud) {
    Script script(greeting_offering("ENABLE QRESYNC CONDSTORE ESEARCH XAPPLELITERAL") + R"(
        C: A1 EXAMINE a (CONDSTORE)
        S: A1 OK
        C: A2 UID SEARCH ALL
        S: A2 OK
    )");
    ReadSession session = greeted(script);
    EXPECT_FALSE(session.enable_resync());
    session.examine_changes("a", KnownState{7, 90, 41});
    EXPECT_EQ(session.search_uids(), UidSet());
}

TEST(Follow, searches_all_uids_in_the_short_form_where_it_is_offered) {
    Script script(greeting_offering("ESEARCH") + R"(
        C: A1 UID SEARCH RETURN (ALL) ALL
        S: * ESEARCH (TAG "A1") UID MIN 1 ALL 1:3,7 COUNT 4
        S: A1 OK
        C: A2 UID SEARCH RETURN (ALL) ALL
        S: * ESEARCH (TAG "A2") UID
        S: A2 OK
        C: A3 UID SEARCH RETURN (ALL) ALL
        S: A3 OK [MESSAGELIMIT 1000 5] partial
    )");
    ReadSession session = greeted(script);
    EXPECT_EQ(session.search_uids(), UidSet::of({1, 2, 3, 7}));
    EXPECT_EQ(session.search_uids(), UidSet());
    EXPECT_EQ(session.search_uids(), std::nullopt);
    EXPECT_TRUE(session.can_search_uids(1'000'000));
}

TEST(Follow, searches_all_uids_one_by_one_where_it_has_to) {
    Script script(greeting_offering("") + R"(
        C: A1 UID SEARCH ALL
        S: * SEARCH 7 1 2 3 (MODSEQ 917162500)
        S: A1 OK
        C: A2 UID SEARCH ALL
        S: A2 NO not here
    )");
    ReadSession session = greeted(script);
    EXPECT_EQ(session.search_uids(), UidSet::of({1, 2, 3, 7}));
    EXPECT_EQ(session.search_uids(), std::nullopt);
    EXPECT_FALSE(session.can_search_uids(1'000'000));
}

TEST(Follow, fetches_flags_of_new_messages_only) {
    Script script(greeting_offering("") + R"(
        C: A1 EXAMINE a
        S: * 2 EXISTS
        S: A1 OK
        C: A2 UID FETCH 9:* (FLAGS RFC822.SIZE)
        S: * 2 FETCH (UID 8 FLAGS ())
        S: A2 OK
    )");
    ReadSession session = greeted(script);
    session.examine("a");
    EXPECT_THAT(session.fetch_flags(9), IsEmpty());
}

TEST(Follow, fetches_flags_that_changed_and_asks_on_when_answers_are_limited) {
    Script script(greeting_offering("CONDSTORE") + R"(
        C: A1 UID FETCH 1:99 (FLAGS) (CHANGEDSINCE 90)
        S: * 9 FETCH (UID 80 FLAGS (\Seen) MODSEQ (91))
        S: A1 OK [MESSAGELIMIT 1 80] partial
        C: A2 UID FETCH 1:79 (FLAGS) (CHANGEDSINCE 90)
        S: * 1 FETCH (UID 5 FLAGS () MODSEQ (92))
        S: A2 OK
    )");
    ReadSession session = greeted(script);
    EXPECT_THAT(session.fetch_changed_flags(99, 90),
                ElementsAre(UidFlags{5, {}, 0}, UidFlags{80, flags_from_text("\\Seen"), 0}));
}

TEST(Follow, takes_no_set_of_uids_that_is_none) {
    for (const std::string_view line :
         {"* VANISHED (EARLIER) 1:*\r\n", "* VANISHED 0\r\n", "* VANISHED 5000000000\r\n",
          "* ESEARCH UID ALL 1,,2\r\n", "* VANISHED\r\n"}) {
        EXPECT_THROW(response_of(line), Error) << line;
    }
}

}  // namespace mailkeep::imap
