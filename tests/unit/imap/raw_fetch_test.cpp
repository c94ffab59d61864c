// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "raw_fetch.hpp"
#include "support/scripted_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using namespace std::string_view_literals;
using test::Script;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Begins every script: a session that is logged in.
constexpr std::string_view greeting = "S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n";
constexpr std::string_view items = " (FLAGS INTERNALDATE BODY.PEEK[])\n";

Script scripted(std::string_view text) {
    return Script(std::string(greeting) + std::string(text));
}

/// "C: A1 UID FETCH 1:3 (...)"
std::string asks(std::string_view tag, std::string_view uids) {
    return "C: " + std::string(tag) + " UID FETCH " + std::string(uids) + std::string(items);
}

/// A message whose text is the word.
std::string gives(Uid uid, std::string_view word) {
    return "S: * 1 FETCH (UID " + std::to_string(uid) + " FLAGS () BODY[] {" +
           std::to_string(word.size()) + "}\nS: " + std::string(word) + ")\n";
}

/// Wanted messages of 10 octets each.
std::vector<UidFlags> uids(std::initializer_list<Uid> list) {
    std::vector<UidFlags> wanted;
    for (const Uid uid : list) {
        wanted.push_back({uid, {}, 10});
    }
    return wanted;
}

struct Fetched {
    std::vector<FetchedMessage> messages;
    std::vector<Unfetched> missing;
};

Fetched fetch(Script& script, const std::vector<UidFlags>& wanted, const FetchWindow& window = {}) {
    ReadSession session(script.open(), Security::tls);
    session.greet();
    Fetched fetched;
    fetched.missing = session.fetch_raw(wanted, window, [&](FetchedMessage&& message) {
        fetched.messages.push_back(std::move(message));
    });
    return fetched;
}

/// "5=text 6=text" and "7 8"
std::string given(const Fetched& fetched) {
    std::string text;
    for (const FetchedMessage& message : fetched.messages) {
        text += (text.empty() ? "" : " ") + std::to_string(message.uid) + "=" + message.raw;
    }
    return text;
}

std::string missing(const Fetched& fetched) {
    std::string text;
    for (const Unfetched& message : fetched.missing) {
        text += (text.empty() ? "" : " ") + std::to_string(message.uid);
    }
    return text;
}

}  // namespace

TEST(RawFetch, hands_over_octets_date_and_flags) {
    constexpr std::string_view octets = "\r\na\n\0\xFF\r)\n{3}"sv;
    Script script = scripted(asks("A1", "5"));
    script.server("* 1 FETCH (BODY[] {12}\r\n")
        .server(octets)
        .server(
            " UID 5 FLAGS (\\Seen a) INTERNALDATE \" 1-Feb-2020 10:00:00 +0100\")\r\nA1 OK\r\n");
    const Fetched fetched = fetch(script, uids({5}));
    ASSERT_THAT(fetched.messages, SizeIs(1));
    EXPECT_EQ(fetched.messages[0].raw, octets);
    EXPECT_EQ(to_text(fetched.messages[0].flags), "\\Seen a");
    EXPECT_EQ(to_rfc3339(fetched.messages[0].internal_date.at), "2020-02-01T09:00:00Z");
    EXPECT_EQ(missing(fetched), "");
}

TEST(RawFetch, gives_the_same_in_the_smallest_pieces) {
    Script script = scripted(asks("A1", "5:6"));
    script.server("* 1 FETCH (UID 5 BODY[] {10}\r\nfive)\r\nA1 )\r\n")
        .server("* 2 FETCH (UID 6 BODY[] {3}\r\nsix)\r\nA1 OK\r\n")
        .chunk(1);
    EXPECT_EQ(given(fetch(script, uids({5, 6}))), "5=five)\r\nA1  6=six");
}

TEST(RawFetch, keeps_the_flags_known_before_when_none_come) {
    Script script = scripted(asks("A1", "5") + "S: * 1 FETCH (UID 5 BODY[] \"a\")\nS: A1 OK\n");
    const std::vector<UidFlags> wanted{{5, flags_from_text("\\Flagged"), 1}};
    const Fetched fetched = fetch(script, wanted);
    EXPECT_EQ(to_text(fetched.messages.at(0).flags), "\\Flagged");
    EXPECT_EQ(fetched.messages.at(0).internal_date, InternalDate());
}

TEST(RawFetch, asks_for_nothing_when_nothing_is_wanted) {
    Script script = scripted("");
    EXPECT_EQ(given(fetch(script, {})), "");
}

TEST(RawFetch, asks_in_ascending_order_and_for_each_uid_once) {
    Script script = scripted(asks("A1", "1:3,7") + "S: A1 OK\n");
    static_cast<void>(fetch(script, uids({7, 2, 3, 2, 1})));
}

TEST(RawFetch, asks_for_the_newest_first_and_keeps_several_commands_in_flight) {
    Script script = scripted(asks("A1", "4:5") + asks("A2", "2:3") + gives(4, "d") + gives(5, "e") +
                             "S: A1 OK\n" + asks("A3", "1") + gives(2, "b") + gives(3, "c") +
                             "S: A2 OK\n" + gives(1, "a") + "S: A3 OK\n");
    const Fetched fetched =
        fetch(script, uids({1, 2, 3, 4, 5}), {.uids = 2, .octets = 1000, .in_flight = 2});
    EXPECT_EQ(given(fetched), "4=d 5=e 2=b 3=c 1=a");
    EXPECT_EQ(missing(fetched), "");
}

TEST(RawFetch, takes_answers_in_any_order) {
    Script script = scripted(asks("A1", "2") + asks("A2", "1") + gives(1, "a") + "S: A2 OK\n" +
                             gives(2, "b") + "S: A1 OK\n");
    EXPECT_EQ(given(fetch(script, uids({1, 2}), {.uids = 1, .octets = 1000, .in_flight = 2})),
              "1=a 2=b");
}

TEST(RawFetch, ends_a_command_at_a_sum_of_octets) {
    Script script = scripted(asks("A1", "4:6") + asks("A2", "3") + asks("A3", "1:2") +
                             "S: A1 OK\nS: A2 OK\nS: A3 OK\n");
    std::vector<UidFlags> wanted = uids({1, 2, 3, 4, 5, 6});
    wanted[2].size = 1000;
    static_cast<void>(fetch(script, wanted, {.uids = 50, .octets = 30, .in_flight = 4}));
}

TEST(RawFetch, keeps_commands_short_whatever_the_window) {
    std::vector<UidFlags> wanted;
    std::string first;
    for (Uid uid = 4'000'000'000; wanted.size() < 81; uid += 2) {
        wanted.push_back({uid, {}, 1});
        if (wanted.size() > 1)
            first += (first.empty() ? "" : ",") + std::to_string(uid);
    }
    ASSERT_LT(first.size(), 930U);
    Script script =
        scripted(asks("A1", first) + "S: A1 OK\n" + asks("A2", "4000000000") + "S: A2 OK\n");
    static_cast<void>(fetch(script, wanted, {.uids = 1000, .octets = 1000, .in_flight = 0}));
}

TEST(RawFetch, asks_for_many_at_once_where_they_stand_together) {
    std::vector<UidFlags> wanted;
    for (Uid uid = 1; uid <= 700; ++uid)
        wanted.push_back({uid, {}, 1});
    Script script = scripted(asks("A1", "201:700") + asks("A2", "1:200") + "S: A1 OK\nS: A2 OK\n");
    static_cast<void>(fetch(script, wanted));
}

TEST(RawFetch, tells_what_an_ok_left_out) {
    Script script = scripted(asks("A1", "1:3") + gives(2, "b") + "S: A1 OK\n");
    const Fetched fetched = fetch(script, uids({1, 2, 3}));
    EXPECT_EQ(given(fetched), "2=b");
    EXPECT_EQ(missing(fetched), "1 3");
    EXPECT_THAT(fetched.missing[0].reason, HasSubstr("nothing"));
}

TEST(RawFetch, asks_one_by_one_for_what_a_no_left_out) {
    Script script =
        scripted(asks("A1", "1:3") + gives(1, "a") + "S: A1 NO cannot\n" + asks("A2", "2") +
                 asks("A3", "3") + "S: A2 NO cannot read it\n" + gives(3, "c") + "S: A3 OK\n");
    const Fetched fetched = fetch(script, uids({1, 2, 3}));
    EXPECT_EQ(given(fetched), "1=a 3=c");
    ASSERT_EQ(missing(fetched), "2");
    EXPECT_THAT(fetched.missing[0].reason, HasSubstr("cannot read it"));
}

TEST(RawFetch, does_not_ask_twice_for_a_single_message) {
    Script script = scripted(asks("A1", "1") + "S: A1 NO cannot\n");
    EXPECT_EQ(missing(fetch(script, uids({1}))), "1");
}

TEST(RawFetch, does_not_take_no_text_for_an_empty_message) {
    Script script = scripted(asks("A1", "1:4") + R"(
        S: * 1 FETCH (UID 1 BODY[] "")
        S: * 1 FETCH (UID 2 BODY[] NIL)
        S: * 1 FETCH (UID 3 BODY[] NIL)
        S: * 1 FETCH (UID 4 FLAGS (\Seen))
        S: A1 OK
    )");
    std::vector<UidFlags> wanted = uids({1, 2, 3, 4});
    wanted[2].size = 0;
    const Fetched fetched = fetch(script, wanted);
    EXPECT_EQ(given(fetched), "3=");
    EXPECT_EQ(missing(fetched), "1 2 4");
}

TEST(RawFetch, is_not_disturbed_by_what_the_server_says_besides) {
    Script script = scripted(
        asks("A1", "1:2") + "S: * 1 EXPUNGE\nS: * 7 EXISTS\nS: * 0 RECENT\n" +
        "S: * 3 FETCH (FLAGS (\\Seen))\nS: * 3 FETCH (UID 1 FLAGS (\\Seen))\n" + gives(1, "a") +
        "S: * OK still here\nS: * NO disk is 98% full\n" + gives(9, "unasked") + gives(1, "again") +
        "S: * XYZ ((\n" + gives(2, "b") + "S: A1 OK\n");
    const Fetched fetched = fetch(script, uids({1, 2}));
    EXPECT_EQ(given(fetched), "1=a 2=b");
    EXPECT_EQ(missing(fetched), "");
}

TEST(RawFetch, does_not_guess_whose_text_it_is) {
    Script script = scripted(asks("A1", "1") + "S: * 1 FETCH (BODY[] \"a\")\nS: A1 OK\n");
    EXPECT_EQ(missing(fetch(script, uids({1}))), "1");
}

TEST(RawFetch, does_not_ask_for_what_is_too_large) {
    Script script = scripted(asks("A1", "3") + asks("A2", "1") + gives(3, "c") + "S: A1 OK\n" +
                             gives(1, "a") + "S: A2 OK\n");
    std::vector<UidFlags> wanted = uids({1, 2, 3});
    wanted[1].size = body_limit + 1;
    const Fetched fetched = fetch(script, wanted);
    EXPECT_EQ(given(fetched), "3=c 1=a");
    EXPECT_EQ(missing(fetched), "2");
}

TEST(RawFetch, ends_with_an_error_when_the_command_is_not_understood) {
    Script script = scripted(asks("A1", "1") + "S: A1 BAD throttled\n");
    EXPECT_THROW(fetch(script, uids({1})), Error);
}

TEST(RawFetch, hands_over_whole_messages_until_the_server_hangs_up) {
    const auto text = std::string(greeting) + asks("A1", "1:2") + gives(1, "first") +
                      gives(2, "second") + "S: A1 OK\n";
    const std::size_t all = Script(text).server_octets();
    for (std::size_t octets = Script(greeting).server_octets(); octets < all; ++octets) {
        Script script(text);
        script.cut_after(octets);
        ReadSession session(script.open(), Security::tls);
        session.greet();
        std::string handed;
        const auto sink = [&](FetchedMessage&& message) { handed += message.raw + ";"; };
        EXPECT_THROW(static_cast<void>(session.fetch_raw(uids({1, 2}), {}, sink)), Error);
        EXPECT_THAT((std::vector<std::string>{"", "first;", "first;second;"}),
                    testing::Contains(handed))
            << octets;
        session.logout();
    }
}

TEST(RawFetch, leaves_the_session_usable_when_the_sink_gives_up) {
    Script script = scripted(asks("A1", "1:2") + gives(1, "a") + R"(
        C: A2 EXAMINE b
    )" + gives(2, "b") + R"(
        S: A1 OK
        S: * OK [UIDVALIDITY 7]
        S: A2 OK
    )");
    ReadSession session(script.open(), Security::tls);
    session.greet();
    const auto sink = [](FetchedMessage&&) { throw Error(Errc::corrupt, "no room"); };
    EXPECT_THROW(static_cast<void>(session.fetch_raw(uids({1, 2}), {}, sink)), Error);
    EXPECT_EQ(session.examine("b").uid_validity, 7U);
}

}  // namespace mailkeep::imap
