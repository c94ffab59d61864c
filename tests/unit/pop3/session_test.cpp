// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/pop3/session.hpp"

#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace mailkeep::pop3 {
namespace {

using test::Script;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Secret joes_password("hunter2");

/// What retrieve() hands over, in order: "1:octets" or "2!reason".
std::vector<bool> marked(Session& session, const std::vector<Number>& numbers) {
    std::vector<bool> accepted;
    session.dele(each_of(numbers), [&](Number number, bool is_accepted) {
        EXPECT_EQ(number, numbers.at(accepted.size()));
        accepted.push_back(is_accepted);
    });
    return accepted;
}

std::vector<std::string> retrieved(Session& session, const std::vector<Number>& numbers) {
    std::vector<std::string> all;
    session.retrieve(
        numbers,
        [&](Number number, std::string&& raw) {
            all.push_back(std::to_string(number) + ":" + raw);
        },
        [&](Number number, const std::string& reason) {
            all.push_back(std::to_string(number) + "!" + reason);
        });
    return all;
}

std::vector<std::string> listed(Session& session) {
    std::vector<std::string> lines;
    for (const ListLine& line : session.listing()) {
        lines.push_back(std::to_string(line.number) + " " + std::to_string(line.octets) + " " +
                        line.unique_id);
    }
    return lines;
}

// Listing and retrieving

/// The script of a session that is logged in without CAPA: the rest follows.
constexpr std::string_view serial_login = R"(
    S: +OK
    C: CAPA
    S: -ERR
    C: USER joe
    S: +OK
    C: PASS hunter2
    S: +OK
    C: CAPA
    S: -ERR
)";

/// As before, for a server that offers PIPELINING and UIDL.
constexpr std::string_view pipelined_login = R"(
    S: +OK
    C: CAPA
    S: -ERR
    C: USER joe
    S: +OK
    C: PASS hunter2
    S: +OK
    C: CAPA
    S: +OK
    S: PIPELINING
    S: UIDL
    S: .
)";

std::unique_ptr<Session> logged_in(Script& script, std::size_t largest = message_cap) {
    auto session = std::make_unique<Session>(script.open(), Security::plaintext, largest);
    session->greet();
    session->login({"joe", joes_password});
    return session;
}

std::string after(std::string_view login, std::string_view rest) {
    return std::string(login) + std::string(rest);
}

TEST(Pop3Listing, joins_numbers_sizes_and_unique_ids) {
    Script script(after(serial_login, R"(
        C: UIDL
        S: +OK
        S: 10 ten
        S: 2   two  
        S: +OK 1 one
        S: .
        C: LIST
        S: +OK 3 messages
        S: 1 120
        S: 2 junk
        S: 10 4000000000000 octets
        S: .
    )"));
    EXPECT_THAT(listed(*logged_in(script)),
                ElementsAre("1 120 one", "2 0 two", "10 4000000000000 ten"));
}

TEST(Pop3Listing, leaves_out_what_stands_in_one_list_only) {
    Script script(after(serial_login, R"(
        C: UIDL
        S: +OK
        S: 1 one
        S: 2
        S: 3 gone by now
        S: .
        C: LIST
        S: +OK
        S: 1 10
        S: 2 20
        S: 4 new
        S: .
    )"));
    EXPECT_THAT(listed(*logged_in(script)), ElementsAre("1 10 one", "2 20 "));
}

TEST(Pop3Listing, has_no_unique_ids_on_a_server_without_uidl) {
    Script script(after(serial_login, R"(
        C: UIDL
        S: -ERR unknown command
        C: LIST
        S: +OK
        S: 1 10
        S: .
    )"));
    EXPECT_THAT(listed(*logged_in(script)), ElementsAre("1 10 "));
}

TEST(Pop3Listing, does_not_go_on_without_the_unique_ids_a_server_has) {
    Script promised(
        after(pipelined_login, "C: UIDL\nC: LIST\nS: -ERR disk trouble\nS: +OK\nS: 1 10\nS: .\n"));
    EXPECT_EQ(test::failure_of([&] { (void)logged_in(promised)->listing(); }).code(),
              Errc::refused);
    Script temporary(
        after(serial_login, "C: UIDL\nS: -ERR [SYS/TEMP] later\nC: LIST\nS: +OK\nS: 1 10\nS: .\n"));
    EXPECT_EQ(test::failure_of([&] { (void)logged_in(temporary)->listing(); }).code(),
              Errc::refused);
}

TEST(Pop3Listing, refuses_two_unique_ids_for_one_message) {
    Script script(after(serial_login, "C: UIDL\nS: +OK\nS: 1 a\nS: 1 a\nS: 1 b\nS: .\n"));
    script.may_be_left();
    EXPECT_EQ(test::failure_of([&] { (void)logged_in(script)->listing(); }).code(), Errc::protocol);
}

TEST(Pop3Retrieve, hands_over_the_octets_that_were_stuffed) {
    for (const std::size_t chunk : {1U, 2U, 3U, 5U, 1000U}) {
        Script script(after(serial_login, R"(
            C: RETR 1
            S: +OK 120 octets
            S: Subject: dots
            S:
            S: ..
            S: ..x
            S- bare lf
        )"));
        script.server("\n.kept\r\nend\r\n.\r\n").chunk(chunk);
        EXPECT_THAT(retrieved(*logged_in(script), {1}),
                    ElementsAre("1:Subject: dots\r\n\r\n.\r\n.x\r\nbare lf\n.kept\r\nend\r\n"));
    }
}

TEST(Pop3Retrieve, asks_one_by_one_without_pipelining) {
    Script script(after(serial_login, R"(
        C: RETR 1
        S: +OK
        S: one
        S: .
        C: RETR 7
        S: +OK
        S: .
    )"));
    EXPECT_THAT(retrieved(*logged_in(script), {1, 7}), ElementsAre("1:one\r\n", "7:"));
}

TEST(Pop3Retrieve, goes_on_behind_a_message_the_server_will_not_give) {
    Script script(after(serial_login, R"(
        C: RETR 1
        S: -ERR no such message
        C: RETR 2
        S: +OK
        S: two
        S: .
    )"));
    EXPECT_THAT(retrieved(*logged_in(script), {1, 2}),
                ElementsAre("1!no such message", "2:two\r\n"));
}

/// RETR for each of these.
std::string asked(int first, int last) {
    std::string commands;
    for (int i = first; i <= last; ++i) {
        commands += "RETR " + std::to_string(i) + "\r\n";
    }
    return commands;
}

/// So many empty messages.
std::string given(int count) {
    std::string answers;
    for (int i = 0; i < count; ++i) {
        answers += "+OK\r\n.\r\n";
    }
    return answers;
}

TEST(Pop3Retrieve, asks_for_more_when_half_of_what_it_asked_for_has_come) {
    for (const std::size_t chunk : {1U, 100'000U}) {
        Script script(pipelined_login);
        std::vector<Number> numbers(4000);
        std::iota(numbers.begin(), numbers.end(), 1U);
        script.client(asked(1, 2048)).server(given(1024)).client(asked(2049, 3072));
        script.server(given(1024)).client(asked(3073, 4000)).server(given(1952)).chunk(chunk);
        EXPECT_EQ(retrieved(*logged_in(script), numbers).size(), 4000U);
    }
}

TEST(Pop3Retrieve, asks_for_more_though_all_answers_wait_in_its_buffer) {
    Script script(pipelined_login);
    std::vector<Number> numbers(2049);
    std::iota(numbers.begin(), numbers.end(), 1U);
    script.client(asked(1, 2048)).server(given(2048)).client(asked(2049, 2049)).server(given(1));
    EXPECT_EQ(retrieved(*logged_in(script), numbers).size(), 2049U);
}

TEST(Pop3Retrieve, asks_ahead_by_sixteen_mebibytes) {
    Script script(after(pipelined_login, R"(
        C: UIDL
        C: LIST
        S: +OK
        S: 1 a
        S: 2 b
        S: 3 c
        S: .
        S: +OK
        S: 1 40000000
        S: 2 16777215
        S: 3 1
        S: .
        C: RETR 1
        S: +OK
        S: .
        C: RETR 2
        C: RETR 3
        S: +OK
        S: .
        S: +OK
        S: .
    )"));
    const auto session = logged_in(script);
    EXPECT_EQ(session->listing().size(), 3U);
    EXPECT_THAT(retrieved(*session, {1, 2, 3}), ElementsAre("1:", "2:", "3:"));
}

TEST(Pop3Retrieve, does_not_ask_for_a_message_listed_as_too_large) {
    Script script(after(serial_login, R"(
        C: UIDL
        S: -ERR
        C: LIST
        S: +OK
        S: 1 11
        S: 2 10
        S: .
        C: RETR 2
        S: +OK
        S: 12345678
        S: .
    )"));
    const auto session = logged_in(script, 10);
    EXPECT_EQ(session->listing().size(), 2U);
    EXPECT_THAT(retrieved(*session, {1, 2}),
                ElementsAre("1!it is larger than 10 octets", "2:12345678\r\n"));
}

TEST(Pop3Retrieve, ends_the_session_at_a_message_that_turns_out_too_large) {
    const std::string endless(100'000, 'x');
    for (const std::string& text :
         {std::string("12345\r\n1234\r\n.\r\n"), std::string("123456789\r\n.\r\n"), endless}) {
        Script script(after(serial_login, "C: RETR 1\n"));
        script.server("+OK\r\n").server(text).close().may_be_left();
        const auto session = logged_in(script, 10);
        EXPECT_EQ(test::failure_of([&] { retrieved(*session, {1}); }).code(), Errc::protocol)
            << text;
    }
}

TEST(Pop3Retrieve, notices_a_server_that_goes_on_behind_the_end) {
    Script script(after(serial_login, R"(
        C: RETR 1
        S: +OK
        S: .
        S: +OK smuggled
        C: RETR 2
    )"));
    script.may_be_left();
    const auto session = logged_in(script);
    EXPECT_EQ(test::failure_of([&] { retrieved(*session, {1, 2}); }).code(), Errc::protocol);
}

TEST(Pop3Dele, tells_which_were_accepted) {
    Script serial(after(serial_login, R"(
        C: DELE 3
        S: +OK
        C: DELE 1
        S: -ERR no such message
    )"));
    EXPECT_THAT(marked(*logged_in(serial), {3, 1}), ElementsAre(true, false));
    Script pipelined(after(pipelined_login, R"(
        C: DELE 3
        C: DELE 1
        S: +OK
        S: -ERR
    )"));
    EXPECT_THAT(marked(*logged_in(pipelined), {3, 1}), ElementsAre(true, false));
}

TEST(Pop3Quit, tells_whether_all_was_deleted) {
    Script done(after(serial_login, "C: QUIT\nS: +OK bye\n"));
    EXPECT_TRUE(logged_in(done)->quit());
    Script undone(after(serial_login, "C: QUIT\nS: -ERR some deleted messages not removed\n"));
    EXPECT_FALSE(logged_in(undone)->quit());
    Script unknown(after(serial_login, "C: QUIT\nX\n"));
    EXPECT_EQ(test::failure_of([&] { (void)logged_in(unknown)->quit(); }).code(), Errc::network);
}

TEST(Pop3Quit, goes_right_behind_the_last_deletions) {
    const std::vector<Number> numbers{3, 1};
    std::vector<std::pair<Number, bool>> marks;
    const auto take = [&](Number number, bool is_accepted) {
        marks.emplace_back(number, is_accepted);
    };
    Script pipelined(after(pipelined_login, R"(
        C: DELE 3
        C: DELE 1
        C: QUIT
        S: +OK
        S: -ERR
        S: +OK bye
    )"));
    EXPECT_TRUE(logged_in(pipelined)->quit(each_of(numbers), take));
    EXPECT_THAT(marks, ElementsAre(std::pair(3U, true), std::pair(1U, false)));
    Script serial(after(serial_login, R"(
        C: DELE 3
        S: +OK
        C: DELE 1
        S: +OK
        C: QUIT
        S: -ERR
    )"));
    EXPECT_FALSE(logged_in(serial)->quit(each_of(numbers), take));
    EXPECT_EQ(marks.size(), 4U);
}

TEST(Pop3Quit, is_not_said_when_what_is_to_be_deleted_cannot_be_told) {
    Script script(after(pipelined_login, ""));
    const auto fail = []() -> std::optional<Number> { throw Error(Errc::corrupt, "damaged"); };
    EXPECT_EQ(test::failure_of([&] { (void)logged_in(script)->quit(fail, {}); }).code(),
              Errc::corrupt);
    EXPECT_TRUE(script.is_closed_by_client());
}

TEST(Pop3Session, leaves_without_quit) {
    Script script(after(serial_login, "C: DELE 1\nS: +OK\n"));
    (void)marked(*logged_in(script), {1});
    EXPECT_TRUE(script.is_finished());
    EXPECT_TRUE(script.is_closed_by_client());
}

// Cut anywhere

constexpr std::string_view whole_session = R"(
    C: UIDL
    C: LIST
    S: +OK
    S: 1 a
    S: 2 b
    S: .
    S: +OK
    S: 1 10
    S: 2 20
    S: .
    C: RETR 1
    C: RETR 2
    S: +OK
    S: one
    S: ..
    S: .
    S: +OK
    S: two
    S: .
    C: DELE 1
    C: DELE 2
    S: +OK
    S: +OK
    C: QUIT
    S: +OK
)";

TEST(Pop3Session, ends_with_a_lost_connection_wherever_it_is_cut) {
    const std::string text = after(pipelined_login, whole_session);
    const std::size_t end = Script(text).server_octets();
    for (std::size_t cut = 0; cut < end; ++cut) {
        Script script(text);
        script.cut_after(cut);
        std::vector<std::string> messages;
        const Error error = test::failure_of([&] {
            const auto session = logged_in(script);
            (void)session->listing();
            messages = retrieved(*session, {1, 2});
            (void)marked(*session, {1, 2});
            (void)session->quit();
        });
        EXPECT_EQ(error.code(), Errc::network) << "cut after " << cut;
        EXPECT_THAT(messages,
                    ::testing::AnyOf(IsEmpty(), ElementsAre("1:one\r\n.\r\n", "2:two\r\n")));
    }
}

TEST(Pop3Session, understands_the_same_in_chunks_of_any_size) {
    for (std::size_t chunk = 1; chunk < 40; ++chunk) {
        Script script(after(pipelined_login, whole_session));
        script.chunk(chunk);
        const auto session = logged_in(script);
        EXPECT_THAT(listed(*session), ElementsAre("1 10 a", "2 20 b"));
        EXPECT_THAT(retrieved(*session, {1, 2}), ElementsAre("1:one\r\n.\r\n", "2:two\r\n"));
        EXPECT_THAT(marked(*session, {1, 2}), ElementsAre(true, true));
        EXPECT_TRUE(session->quit());
    }
}

// Quirk of Exchange 2000 (fetchmail's FAQ, S2)

constexpr std::string_view ten_octets_listed = "C: UIDL\nS: -ERR\nC: LIST\nS: +OK\nS: 1 10\nS: .\n";

TEST(Pop3Session, takes_a_dot_glued_to_the_last_line_for_the_end_once_the_line_is_silent) {
    Script script(std::string(serial_login)
                      .append(ten_octets_listed)
                      .append("C: RETR 1\nS: +OK\nS: the end is near.\nS: the end.\nC: NOOP\n"));
    script.may_be_left();
    Session session(script.open(), Security::plaintext);
    session.greet();
    session.login({"joe", joes_password});
    static_cast<void>(session.listing());
    EXPECT_THAT(retrieved(session, {1}), ElementsAre("1:the end is near.\r\nthe end"));
    EXPECT_THAT(session.unended(), ElementsAre(1U));
}

TEST(Pop3Session, waits_for_the_end_behind_a_line_that_ends_with_a_dot) {
    Script script(std::string(serial_login)
                      .append(ten_octets_listed)
                      .append("C: RETR 1\nS: +OK\nS: the end is near.\nS: .\n"));
    script.chunk(1);
    Session session(script.open(), Security::plaintext);
    session.greet();
    session.login({"joe", joes_password});
    static_cast<void>(session.listing());
    EXPECT_THAT(retrieved(session, {1}), ElementsAre("1:the end is near.\r\n"));
    EXPECT_THAT(session.unended(), IsEmpty());
}

// Large messages

/// The same when what has more octets than `above` goes to a spool.
std::vector<std::string> retrieved_with_spools(std::string_view dialogue, std::uint64_t above) {
    const test::TempDir folder;
    Script script(std::string(serial_login).append(dialogue));
    script.may_be_left();
    Session session(script.open(), Security::plaintext);
    session.greet();
    session.login({"joe", joes_password});
    static_cast<void>(session.listing());
    std::vector<std::string> all;
    const std::vector<Number> numbers{1};
    session.retrieve(
        numbers, [&](Number, std::string&& raw) { all.push_back("memory: " + raw); },
        [&](Number, const std::string& reason) { all.push_back("refused: " + reason); },
        {above, [&] { return Spool(folder.path()); },
         [&](Number, const Spool& spool) {
             all.push_back("spool: " + spool.read_from(0));
             EXPECT_EQ(spool.digest(), sha256(spool.read_from(0)));
         }});
    return all;
}

TEST(Pop3Session, keeps_large_messages_out_of_memory) {
    const std::string dialogue =
        std::string(ten_octets_listed) + "C: RETR 1\nS: +OK\nS: ..one\nS: two\nS: .\n";
    for (std::uint64_t above = 0; above < 15; ++above) {
        const std::string place = above < 11 ? "spool: " : "memory: ";
        EXPECT_THAT(retrieved_with_spools(dialogue, above), ElementsAre(place + ".one\r\ntwo\r\n"))
            << above;
    }
}

TEST(Pop3Session, finds_the_glued_dot_of_a_large_message) {
    const std::string dialogue = std::string(ten_octets_listed) +
                                 "C: RETR 1\nS: +OK\nS: the end is near.\nS: the end.\nC: NOOP\n";
    for (const std::uint64_t above : {1, 18, 100}) {
        EXPECT_THAT(retrieved_with_spools(dialogue, above),
                    ElementsAre((above < 100 ? "spool: " : "memory: ") +
                                std::string("the end is near.\r\nthe end")));
    }
}

}  // namespace
}  // namespace mailkeep::pop3
