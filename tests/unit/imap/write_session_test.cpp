// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/write_session.hpp"

#include "support/scripted_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using test::Script;
using testing::ElementsAre;

const InternalDate message_date{parse_rfc3339("2020-02-01T09:00:00Z").value(),
                                std::chrono::minutes(60)};
constexpr std::string_view date_text = "\" 1-Feb-2020 10:00:00 +0100\"";

std::string greeting_with(std::string_view capabilities) {
    return "S: * PREAUTH [CAPABILITY IMAP4rev1 " + std::string(capabilities) + "] joe\n";
}

WriteSession open_writing(Script& script) {
    ReadSession session(script.open(), Security::tls);
    session.greet();
    return WriteSession(std::move(session));
}

/// An APPEND with a synchronizing literal that goes well.
std::string confirmed(std::string_view tag, std::string_view arguments, std::string_view raw) {
    return "C: " + std::string(tag) + " APPEND " + std::string(arguments) + " {" +
           std::to_string(raw.size()) + "}\nS: + go on\nC: " + std::string(raw) +
           "\nS: " + std::string(tag) + " OK\n";
}

/// One with a literal that does not wait.
std::string at_once(std::string_view tag, std::string_view arguments, std::string_view raw) {
    return "C: " + std::string(tag) + " APPEND " + std::string(arguments) + " {" +
           std::to_string(raw.size()) + "+}\nC: " + std::string(raw) + "\nS: " + std::string(tag) +
           " OK\n";
}

Outgoing outgoing(std::string_view raw, const std::vector<std::string>& flags = {},
                  const InternalDate& at = message_date) {
    return {{raw.size(), [raw](const auto& sink) { sink(raw); }}, flags, at};
}

std::string dated(std::string_view arguments) {
    return std::string(arguments) + " " + std::string(date_text);
}

/// One message, and the answer.
Appended append(WriteSession& session, std::string_view mailbox, std::string_view raw,
                const std::vector<std::string>& flags = {}, const InternalDate& at = message_date) {
    const std::vector<Outgoing> one{outgoing(raw, flags, at)};
    session.start(mailbox, one);
    return session.finish();
}

/// What an append of flags looks like on the wire.
void expect_flags(std::string_view flags, std::string_view sent,
                  const std::optional<std::vector<std::string>>& permanent) {
    const std::string arguments = sent.empty() ? "a" : "a " + std::string(sent);
    Script script(greeting_with("") + confirmed("A1", dated(arguments), "x"));
    WriteSession session = open_writing(script);
    const auto sorted = kept_flags(flags_from_text(flags), permanent);
    EXPECT_FALSE(append(session, "a", "x", sorted.kept).is_refused);
}

Errc code_of(WriteSession& session, std::string_view raw) {
    try {
        return append(session, "a", raw).is_refused ? Errc::refused : Errc::internal;
    } catch (const Error& error) {
        return error.code();
    }
}

}  // namespace

TEST(WriteSession, appends_the_octets_unchanged) {
    const std::string raw("a\nb\r\n\0\xFF\r", 8);
    Script script(greeting_with(""));
    script.client("A1 APPEND a (\\Seen $Junk) " + std::string(date_text) + " {8}\r\n")
        .server("* 3 EXISTS\r\n+\r\n")
        .client(raw + "\r\n")
        .server("A1 OK [APPENDUID 38505 3955] done\r\n");
    WriteSession session = open_writing(script);
    const auto uids = append(session, "a", raw, {"\\Seen", "$Junk"}).uids;
    ASSERT_TRUE(uids.has_value());
    EXPECT_EQ(uids->uid_validity, 38505U);
    EXPECT_THAT(uids->uids.to_vector(), ElementsAre(3955U));
}

TEST(WriteSession, does_not_mind_when_the_new_uid_is_not_told) {
    Script script(greeting_with("UIDPLUS") + confirmed("A1", dated("a"), "x"));
    WriteSession session = open_writing(script);
    EXPECT_FALSE(append(session, "a", "x").uids.has_value());
}

TEST(WriteSession, waits_before_the_first_message_of_each_set_of_arguments) {
    const InternalDate elsewhere{message_date.at, std::chrono::minutes(-120)};
    Script script(greeting_with("LITERAL+") + confirmed("A1", dated("a"), "one") +
                  at_once("A2", dated("a"), "two") + confirmed("A3", dated("b"), "three") +
                  confirmed("A4", dated("a (\\Seen)"), "four") +
                  at_once("A5", "a \" 1-Feb-2020 07:00:00 -0200\"", "five") +
                  at_once("A6", dated("b"), "six"));
    WriteSession session = open_writing(script);
    append(session, "a", "one");
    append(session, "a", "two");
    append(session, "b", "three");
    append(session, "a", "four", {"\\Seen"});
    append(session, "a", "five", {}, elsewhere);
    append(session, "b", "six");
}

TEST(WriteSession, waits_before_large_messages_where_only_small_ones_may_go_at_once) {
    const std::string large(4097, 'x');
    Script script(greeting_with("LITERAL-") + confirmed("A1", dated("a"), "one") +
                  at_once("A2", dated("a"), "two") + confirmed("A3", dated("a"), large));
    WriteSession session = open_writing(script);
    for (const std::string_view raw :
         {std::string_view("one"), std::string_view("two"), std::string_view(large)}) {
        append(session, "a", raw);
    }
}

TEST(WriteSession, appends_several_messages_by_one_command) {
    const std::vector<Outgoing> three{outgoing("one"), outgoing("two", {"\\Seen"}),
                                      outgoing("three")};
    Script script(greeting_with("MULTIAPPEND LITERAL+"));
    const std::string date(date_text);
    script.client("A1 APPEND a " + date + " {3}\r\n")
        .server("+\r\n")
        .client("one (\\Seen) " + date + " {3}\r\n")
        .server("+\r\n")
        .client("two\r\n")
        .server("A1 OK [APPENDUID 7 1:2] done\r\n")
        .client("A2 APPEND a " + date + " {3+}\r\none (\\Seen) " + date + " {3+}\r\ntwo " + date +
                " {5+}\r\nthree\r\n")
        .server("A2 OK [APPENDUID 7 3:5] done\r\n");
    WriteSession session = open_writing(script);
    ASSERT_EQ(session.fitting("a", three), 2U) << "the third waits for the first to be accepted";
    session.start("a", std::span(three).first(2));
    EXPECT_FALSE(session.may_go_on());
    EXPECT_EQ(session.finish().uids->uids.count(), 2U);
    ASSERT_EQ(session.fitting("a", three), 3U);
    session.start("a", three);
    EXPECT_TRUE(session.may_go_on());
    EXPECT_THAT(session.finish().uids->uids.to_vector(), ElementsAre(3U, 4U, 5U));
}

TEST(WriteSession, sends_nothing_more_of_a_command_that_was_refused) {
    const std::vector<Outgoing> two{outgoing("one"), outgoing("two", {"\\Seen"})};
    Script script(greeting_with("MULTIAPPEND LITERAL+"));
    script.client("A1 APPEND a " + std::string(date_text) + " {3}\r\n")
        .server("+\r\n")
        .client("one (\\Seen) " + std::string(date_text) + " {3}\r\n")
        .server("A1 NO [OVERQUOTA] full\r\n")
        .client("A2 LOGOUT\r\n")
        .server("* BYE\r\nA2 OK\r\n");
    WriteSession session = open_writing(script);
    session.start("a", two);
    const auto answer = session.finish();
    EXPECT_TRUE(answer.is_refused);
    EXPECT_TRUE(answer.is_over_quota);
    session.logout();
}

TEST(WriteSession, has_several_commands_on_the_way_and_takes_their_answers_in_any_order) {
    const std::string date(date_text);
    Script script(greeting_with("LITERAL+") + confirmed("A1", dated("a"), "x"));
    script.client("A2 APPEND a " + date + " {1+}\r\ny\r\nA3 APPEND a " + date + " {1+}\r\nz\r\n")
        .server("A3 NO no\r\nA2 OK\r\n");
    WriteSession session = open_writing(script);
    append(session, "a", "x");
    const std::vector<Outgoing> second{outgoing("y")};
    const std::vector<Outgoing> third{outgoing("z")};
    session.start("a", second);
    session.start("a", third);
    EXPECT_EQ(session.in_flight(), 2U);
    EXPECT_FALSE(session.finish().is_refused);
    EXPECT_TRUE(session.finish().is_refused);
}

TEST(WriteSession, waits_always_once_it_is_wary) {
    Script script(greeting_with("LITERAL+") + confirmed("A1", dated("a"), "x") +
                  confirmed("A2", dated("a"), "y") + confirmed("A3", dated("a"), "z"));
    WriteSession session = open_writing(script);
    append(session, "a", "x");
    const std::vector<Outgoing> second{outgoing("y")};
    session.start("a", second, Care::great);
    EXPECT_FALSE(session.may_go_on());
    static_cast<void>(session.finish());
    session.be_wary();
    append(session, "a", "z");
}

TEST(WriteSession, knows_how_large_a_message_may_be) {
    Script script(greeting_with("APPENDLIMIT=35651584 BINARY"));
    const WriteSession session = open_writing(script);
    EXPECT_EQ(session.append_limit(), 35651584U);
    EXPECT_TRUE(session.takes_nul());
    Script silent(greeting_with("APPENDLIMIT"));
    EXPECT_FALSE(open_writing(silent).append_limit().has_value());
}

TEST(WriteSession, sends_a_nul_as_binary) {
    Script script(greeting_with("BINARY"));
    script.client("A1 APPEND a " + std::string(date_text) + " ~{1}\r\n")
        .server("+\r\n")
        .client(std::string("\0\r\n", 3))
        .server("A1 OK\r\n");
    WriteSession session = open_writing(script);
    std::vector<Outgoing> one{outgoing(std::string_view("\0", 1))};
    one.front().text.is_binary = true;
    session.start("a", one);
    static_cast<void>(session.finish());
}

TEST(WriteSession, always_waits_where_the_server_offers_nothing_else) {
    Script script(greeting_with("") + confirmed("A1", dated("a"), "one") +
                  confirmed("A2", dated("a"), "two"));
    WriteSession session = open_writing(script);
    append(session, "a", "one");
    append(session, "a", "two");
}

TEST(WriteSession, sends_no_message_to_a_server_that_does_not_want_it) {
    Script script(greeting_with("LITERAL+"));
    script.client("A1 APPEND a " + std::string(date_text) + " {16}\r\n")
        .server("A1 NO [TRYCREATE] no such mailbox\r\n")
        .client("A2 LOGOUT\r\n")
        .server("* BYE\r\nA2 OK\r\n");
    WriteSession session = open_writing(script);
    EXPECT_EQ(code_of(session, "A9 DELETE INBOX\n"), Errc::refused);
    session.logout();
}

TEST(WriteSession, waits_again_after_a_refusal_of_the_first_message) {
    Script script(greeting_with("LITERAL+"));
    script.client("A1 APPEND a " + std::string(date_text) + " {1}\r\n")
        .server("+\r\n")
        .client("x\r\n")
        .server("A1 NO over quota\r\n")
        .client("A2 APPEND a " + std::string(date_text) + " {1}\r\n")
        .server("+\r\n")
        .client("y\r\n")
        .server("A2 OK\r\n");
    WriteSession session = open_writing(script);
    EXPECT_EQ(code_of(session, "x"), Errc::refused);
    append(session, "a", "y");
}

TEST(WriteSession, drops_the_connection_when_an_append_is_not_understood) {
    Script script(greeting_with("LITERAL+") + confirmed("A1", dated("a"), "x") + "C: A2 APPEND " +
                  dated("a") + " {1+}\nC: y\nS: A2 BAD Invalid system flag\n");
    WriteSession session = open_writing(script);
    EXPECT_EQ(code_of(session, "x"), Errc::internal);
    EXPECT_EQ(code_of(session, "y"), Errc::protocol);
    EXPECT_TRUE(script.is_closed_by_client());
    EXPECT_EQ(code_of(session, "z"), Errc::network);
    session.logout();
}

TEST(WriteSession, says_nothing_more_once_a_message_was_taken_for_commands) {
    for (const std::string_view answer : {"S: * BAD unknown command", "S: A9 OK deleted"}) {
        Script script(greeting_with("LITERAL+") + confirmed("A1", dated("a"), "x") +
                      "C: A2 APPEND " + dated("a") + " {1+}\nC: y\n" + std::string(answer));
        WriteSession session = open_writing(script);
        EXPECT_EQ(code_of(session, "x"), Errc::internal);
        EXPECT_EQ(code_of(session, "y"), Errc::protocol);
        EXPECT_EQ(code_of(session, "z"), Errc::network);
        session.logout();
        EXPECT_TRUE(script.is_closed_by_client()) << answer;
    }
}

TEST(WriteSession, sends_all_flags_where_nothing_is_said_of_them) {
    expect_flags("\\Seen \\Deleted \\Draft \\Answered \\Flagged $Forwarded NonJunk",
                 "(\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded NonJunk)",
                 std::nullopt);
}

TEST(WriteSession, sends_only_flags_the_server_keeps) {
    expect_flags("\\Seen \\Draft Junk Work", "(\\Seen Work)", {{"\\seen", "WORK"}});
}

TEST(WriteSession, sends_any_keyword_where_the_server_takes_new_ones) {
    expect_flags("\\Seen Work", "(Work)", {{"\\Flagged", "\\*"}});
}

TEST(WriteSession, sends_no_list_where_no_flag_is_left) {
    expect_flags("\\Seen Work", "", {{}});
    expect_flags("", "", std::nullopt);
}

TEST(WriteSession, sends_the_keyword_of_what_is_no_flag) {
    expect_flags("\\Forwarded", "($Forwarded)", std::nullopt);
}

TEST(WriteSession, tells_which_flags_are_not_kept) {
    const auto sorted = kept_flags(flags_from_text("\\Seen \\Draft a) Work"), {{"\\Seen", "Work"}});
    EXPECT_THAT(sorted.kept, ElementsAre("\\Seen", "Work"));
    EXPECT_THAT(sorted.dropped, ElementsAre("\\Draft", "a)"));
}

TEST(WriteSession, leaves_out_words_that_are_no_atoms) {
    expect_flags("\\Recent a) b] c\"d \xC3\xBC x\r\nA9 {3} % ok", "(ok)", std::nullopt);
}

TEST(WriteSession, makes_a_mailbox_and_subscribes_to_it) {
    Script script(greeting_with("") + R"(
        C: A1 CREATE "Entw&APw-rfe/a b"
        S: A1 OK
        C: A2 SUBSCRIBE "Entw&APw-rfe/a b"
        S: A2 NO no
    )");
    open_writing(script).create("Entw&APw-rfe/a b", {});
}

TEST(WriteSession, makes_a_mailbox_for_a_use_or_without) {
    Script script(greeting_with("CREATE-SPECIAL-USE") + R"(
        C: A1 CREATE a (USE (\Sent))
        S: A1 OK
        C: A2 SUBSCRIBE a
        S: A2 OK
        C: A3 CREATE b (USE (\Trash))
        S: A3 NO [USEATTR] there is one
        C: A4 CREATE b
        S: A4 OK
        C: A5 SUBSCRIBE b
        S: A5 OK
    )");
    WriteSession session = open_writing(script);
    EXPECT_EQ(session.create("a", "\\Sent"), "a");
    EXPECT_EQ(session.create("b", "\\Trash"), "b");
}

TEST(WriteSession, adds_labels) {
    Script script(greeting_with("X-GM-EXT-1") + R"(
        C: A1 UID STORE 3:4 +X-GM-LABELS (\Inbox "a \\ \"b\"" "gro&AN8-" "\\a b")
        S: * 1 FETCH (UID 3 X-GM-LABELS (\Inbox))
        S: A1 OK
        C: A2 UID STORE 5 +X-GM-LABELS ("x")
        S: A2 NO no such label
    )");
    WriteSession session = open_writing(script);
    EXPECT_TRUE(session.has_labels());
    UidSet uids;
    uids.add(3);
    uids.add(4);
    EXPECT_EQ(session.add_labels(uids, {"\\Inbox", "a \\ \"b\"", "gro\xC3\x9F", "\\a b"}),
              std::nullopt);
    UidSet other;
    other.add(5);
    EXPECT_EQ(session.add_labels(other, {"x"}), "no such label");
}

TEST(WriteSession, leaves_a_mailbox_that_is_there) {
    Script script(greeting_with("") + R"(
        C: A1 CREATE a
        S: A1 NO [ALREADYEXISTS] it is there
        C: A2 LIST "" "*"
        S: * LIST () "/" A
        S: A2 OK
        C: A3 CREATE b
        S: A3 NO Mailbox exists
        C: A4 LIST "" "*"
        S: * LIST () "/" B
        S: * LIST () "/" b
        S: A4 OK
    )");
    WriteSession session = open_writing(script);
    EXPECT_EQ(session.create("a", {}), "A");
    EXPECT_EQ(session.create("b", {}), "b");
    EXPECT_EQ(session.create("Inbox", {}), "INBOX");
}

TEST(WriteSession, tells_when_a_mailbox_cannot_be_made) {
    Script script(greeting_with("") + R"(
        C: A1 CREATE a
        S: A1 NO over quota
        C: A2 LIST "" "*"
        S: * LIST (\Noselect) "/" a
        S: * LIST () "/" b
        S: A2 OK
    )");
    WriteSession session = open_writing(script);
    EXPECT_THROW(session.create("a", {}), Error);
}

TEST(WriteSession, selects_to_learn_which_flags_are_kept) {
    Script script(greeting_with("") + R"(
        C: A1 SELECT a
        S: * OK [PERMANENTFLAGS (\Seen \*)] Limited
        S: * OK [UIDVALIDITY 7]
        S: A1 OK [READ-WRITE]
    )");
    EXPECT_THAT(open_writing(script).select("a").permanent_flags.value(),
                ElementsAre("\\Seen", "\\*"));
}

}  // namespace mailkeep::imap
