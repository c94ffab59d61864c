// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "support/scripted_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using test::Script;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view namespace_greeting =
    "S: * PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE] joe\n";
constexpr std::string_view one_message = "C: A1 EXAMINE a\nS: * 9 EXISTS\nS: A1 OK\n";

ReadSession open(Script& script) {
    ReadSession session(script.open(), Security::tls);
    session.greet();
    return session;
}

Script script_of(std::string_view text) {
    return Script(std::string(namespace_greeting) + std::string(text));
}

std::vector<std::string> names_of(const std::vector<ListEntry>& entries) {
    std::vector<std::string> names;
    for (const ListEntry& entry : entries) {
        names.push_back(entry.mailbox);
    }
    return names;
}

}  // namespace

TEST(ReadSession, tells_the_personal_namespace) {
    Script script = script_of(R"(
        C: A1 NAMESPACE
        S: * NAMESPACE (("INBOX." ".")) NIL NIL
        S: A1 OK
    )");
    const Namespace personal = open(script).personal_namespace();
    EXPECT_EQ(personal.prefix, "INBOX.");
    EXPECT_EQ(personal.delimiter, '.');
}

TEST(ReadSession, asks_list_for_the_delimiter_when_there_is_no_namespace) {
    Script script = script_of(R"(
        C: A1 NAMESPACE
        S: A1 NO unknown
        C: A2 LIST "" ""
        S: A2 OK
        C: A3 LIST "" "%"
        S: * LIST () "|" INBOX
        S: A3 OK
    )");
    const Namespace personal = open(script).personal_namespace();
    EXPECT_EQ(personal.prefix, "");
    EXPECT_EQ(personal.delimiter, '|');
}

TEST(ReadSession, lists_every_mailbox_once_in_the_order_of_the_server) {
    Script script = script_of(R"(
        C: A1 LIST "" "*"
        S: * LIST (\HasNoChildren) "/" "Zebra"
        S: * 3 EXISTS
        S: * LIST () "/" Inbox
        S: * LIST () "/" INBOX
        S: * LIST () "/" "Zebra"
        S: * LIST () "/" "zebra"
        S: A1 OK
    )");
    EXPECT_THAT(names_of(open(script).list()), ElementsAre("Zebra", "Inbox", "zebra"));
}

TEST(ReadSession, fails_when_the_list_is_refused) {
    Script script = script_of("C: A1 LIST \"\" \"*\"\nS: A1 NO not now\n");
    ReadSession session = open(script);
    EXPECT_THROW(static_cast<void>(session.list()), Error);
}

TEST(ReadSession, opens_a_mailbox_read_only) {
    Script script = script_of(R"(
        C: A1 EXAMINE "Sent Items"
        S: * FLAGS (\Answered \Seen)
        S: * 500 EXISTS
        S: * 17 EXISTS
        S: * 2 RECENT
        S: * OK [UIDVALIDITY 3857529045] UIDs valid
        S: * OK [UIDNEXT 4392] Predicted next UID
        S: * OK [PERMANENTFLAGS ()] No permanent flags permitted
        S: A1 OK [READ-ONLY] EXAMINE completed
    )");
    const SelectData data = open(script).examine("Sent Items");
    EXPECT_EQ(data.exists, 17U);
    EXPECT_EQ(data.uid_validity, 3857529045U);
    EXPECT_EQ(data.uid_next, 4392U);
    EXPECT_THAT(data.permanent_flags.value(), IsEmpty());
}

TEST(ReadSession, opens_a_mailbox_of_which_little_is_told) {
    Script script =
        script_of("C: A1 EXAMINE a\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A1 OK\n");
    const SelectData data = open(script).examine("a");
    EXPECT_EQ(data.uid_validity, 7U);
    EXPECT_FALSE(data.uid_next.has_value());
    EXPECT_FALSE(data.permanent_flags.has_value());
}

TEST(ReadSession, does_not_mix_up_the_mailbox_that_is_being_closed) {
    Script script = script_of(R"(
        C: A1 EXAMINE a
        S: * 99 EXISTS
        S: * OK [UIDNEXT 1000]
        S: * OK [CLOSED] Previous mailbox closed.
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 7]
        S: A1 OK
    )");
    const SelectData data = open(script).examine("a");
    EXPECT_EQ(data.exists, 1U);
    EXPECT_FALSE(data.uid_next.has_value());
}

TEST(ReadSession, goes_on_after_a_mailbox_was_refused) {
    Script script = script_of(R"(
        C: A1 EXAMINE a
        S: A1 NO [NONEXISTENT] no such mailbox
        C: A2 EXAMINE b
        S: * OK [UIDVALIDITY 7]
        S: A2 OK
    )");
    ReadSession session = open(script);
    try {
        session.examine("a");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::refused);
        EXPECT_THAT(error.what(), HasSubstr("no such mailbox"));
    }
    EXPECT_EQ(session.examine("b").uid_validity, 7U);
}

TEST(ReadSession, sends_a_name_that_cannot_be_quoted_as_a_literal) {
    Script script{namespace_greeting};
    script.client("A1 EXAMINE {5}\r\n")
        .server("* 3 EXISTS\r\n+ go on\r\n")
        .client("a\r\nb\xFF\r\n")
        .server("* OK [UIDVALIDITY 7]\r\nA1 OK\r\n");
    EXPECT_EQ(open(script).examine("a\r\nb\xFF").exists, 3U);
}

TEST(ReadSession, fetches_flags_ascending_and_each_uid_once) {
    Script script = script_of(std::string(one_message) + R"(
        C: A2 UID FETCH 1:* (FLAGS RFC822.SIZE)
        S: * 2 FETCH (RFC822.SIZE 20 FLAGS (\Seen $Junk) UID 8)
        S: * 1 FETCH (UID 5 FLAGS (\Answered) RFC822.SIZE 10)
        S: * 1 EXPUNGE
        S: * 10 EXISTS
        S: * 7 FETCH (FLAGS (\Deleted))
        S: * 1 FETCH (UID 8 FLAGS (\Flagged))
        S: * 3 FETCH (UID 9 FLAGS ())
        S: A2 OK
    )");
    ReadSession session = open(script);
    session.examine("a");
    EXPECT_THAT(session.fetch_flags(),
                ElementsAre(UidFlags{5, flags_from_text("\\Answered"), 10},
                            UidFlags{8, flags_from_text("\\Flagged"), 20}, UidFlags{9, {}, 0}));
}

TEST(ReadSession, fetches_sizes_ascending_and_each_uid_once) {
    Script script = script_of(std::string(one_message) + R"(
        C: A2 UID FETCH 1:* (RFC822.SIZE)
        S: * 2 FETCH (RFC822.SIZE 20 UID 8)
        S: * 1 FETCH (UID 5 RFC822.SIZE 10)
        S: * 10 EXISTS
        S: * 2 FETCH (UID 8 FLAGS (\Flagged))
        S: * 3 FETCH (UID 9)
        S: A2 OK
    )");
    ReadSession session = open(script);
    session.examine("a");
    EXPECT_THAT(session.fetch_sizes(), ElementsAre(UidSize{5, 10}, UidSize{8, 20}, UidSize{9, 0}));
}

TEST(ReadSession, asks_nothing_of_an_empty_mailbox) {
    Script script = script_of("C: A1 EXAMINE a\nS: * 0 EXISTS\nS: A1 OK\n");
    ReadSession session = open(script);
    session.examine("a");
    EXPECT_THAT(session.fetch_flags(), IsEmpty());
}

TEST(ReadSession, asks_on_when_the_server_limits_its_answers) {
    Script script = script_of(std::string(one_message) + R"(
        C: A2 UID FETCH 1:* (FLAGS RFC822.SIZE)
        S: * 9 FETCH (UID 90 FLAGS ())
        S: * 8 FETCH (UID 80 FLAGS ())
        S: A2 OK [MESSAGELIMIT 2 80] partial
        C: A3 UID FETCH 1:79 (FLAGS RFC822.SIZE)
        S: * 7 FETCH (UID 70 FLAGS ())
        S: A3 OK
    )");
    ReadSession session = open(script);
    session.examine("a");
    EXPECT_THAT(session.fetch_flags(),
                ElementsAre(UidFlags{70, {}, 0}, UidFlags{80, {}, 0}, UidFlags{90, {}, 0}));
}

TEST(ReadSession, never_takes_a_limited_answer_for_a_whole_one) {
    Script script = script_of(std::string(one_message) + R"(
        C: A2 UID FETCH 1:* (FLAGS RFC822.SIZE)
        S: * 9 FETCH (UID 90 FLAGS ())
        S: A2 OK [MESSAGELIMIT 1] partial
    )");
    ReadSession session = open(script);
    session.examine("a");
    EXPECT_THROW(static_cast<void>(session.fetch_flags()), Error);
}

TEST(ReadSession, fails_when_flags_are_refused) {
    Script script = script_of(std::string(one_message) + R"(
        C: A2 UID FETCH 1:* (FLAGS RFC822.SIZE)
        S: * 9 FETCH (UID 90 FLAGS ())
        S: A2 NO Some of the requested messages no longer exist
    )");
    ReadSession session = open(script);
    session.examine("a");
    EXPECT_THROW(static_cast<void>(session.fetch_flags()), Error);
}

}  // namespace mailkeep::imap
