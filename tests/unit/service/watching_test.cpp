// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"
#include "watching.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace std::chrono_literals;
using test::Script;

namespace {

constexpr const char* examine_inbox = R"(
    C: A1 EXAMINE INBOX
    S: * 3 EXISTS
    S: * OK [UIDVALIDITY 7] ok
    S: A1 OK done
)";

/// What was heard of a session, until it ended or was looked into for the third time.
struct Heard {
    std::vector<std::string> begun;  ///< shortcomings
    int changes = 0;
    std::vector<std::chrono::milliseconds> pauses;
    Error end{Errc::internal, "it goes on"};
};

Heard watch(Script& script, const std::vector<std::string>& mailboxes) {
    Heard heard;
    const service::WatchEvents events{
        [&](const std::string& shortcoming) { heard.begun.push_back(shortcoming); },
        [&] { ++heard.changes; },
        [&](std::chrono::milliseconds time) {
            heard.pauses.push_back(time);
            if (heard.pauses.size() == 3) {
                throw Error(Errc::cancelled, "stopped");
            }
        }};
    heard.end = test::failure_of([&] {
        imap::ReadSession session(script.open(), Security::tls);
        session.greet();
        service::watch_mailboxes(session, mailboxes, events);
    });
    return heard;
}

std::string offering(const std::string& capabilities, const std::string& lines) {
    return "S: * PREAUTH [CAPABILITY IMAP4rev1 " + capabilities + "] joe\n" + lines;
}

}  // namespace

TEST(Watching, looks_at_what_came_before_and_at_each_change) {
    Script script(offering("IDLE", std::string(examine_inbox) + R"(
        C: A2 IDLE
        S: + idling
        S: * 4 EXISTS
        C: DONE
        S: A2 OK done
        C: A3 IDLE
        S: * BYE
    )"));
    const auto heard = watch(script, {"INBOX"});
    EXPECT_EQ(heard.begun, std::vector<std::string>{""});
    EXPECT_EQ(heard.changes, 2);
    EXPECT_EQ(heard.end.code(), Errc::network);
}

TEST(Watching, polls_where_idle_is_not_offered) {
    Script script(offering("CHILDREN", std::string(examine_inbox) + R"(
        C: A2 NOOP
        S: A2 OK done
        C: A3 NOOP
        S: * 4 EXISTS
        S: A3 OK done
    )"));
    const auto heard = watch(script, {"INBOX"});
    EXPECT_EQ(heard.pauses, (std::vector<std::chrono::milliseconds>{30s, 30s, 30s}));
    EXPECT_EQ(heard.changes, 2);
    EXPECT_EQ(heard.end.code(), Errc::cancelled);
}

TEST(Watching, polls_where_idle_is_refused) {
    Script script(offering("IDLE", std::string(examine_inbox) + R"(
        C: A2 IDLE
        S: A2 NO not here
        C: A3 NOOP
        S: A3 OK done
        C: A4 NOOP
        S: A4 OK done
    )"));
    EXPECT_EQ(watch(script, {"INBOX"}).end.code(), Errc::cancelled);
}

TEST(Watching, gives_up_an_idle_that_never_tells_anything) {
    Script script(offering("IDLE", std::string(examine_inbox) + R"(
        C: A2 IDLE
        S: + idling
        C: DONE
        S: A2 OK done
        C: A3 NOOP
        S: * 4 EXISTS
        S: A3 OK done
        C: A4 IDLE
        S: + idling
        C: DONE
        S: A4 OK done
        C: A5 NOOP
        S: * 5 EXISTS
        S: A5 OK done
        C: A6 NOOP
        S: A6 OK done
        C: A7 NOOP
        S: A7 OK done
    )"));
    const auto heard = watch(script, {"INBOX"});
    EXPECT_EQ(heard.changes, 3);
    EXPECT_EQ(heard.end.code(), Errc::cancelled);
}

TEST(Watching, follows_several_mailboxes_over_one_connection_by_notify) {
    Script script(offering("IDLE NOTIFY", R"(
        C: A1 NOTIFY SET (mailboxes ("INBOX" "Sent") (MessageNew MessageExpunge FlagChange))
        S: A1 OK done
        S: * STATUS Sent (MESSAGES 2)
        S: * BYE
    )"));
    const auto heard = watch(script, {"INBOX", "Sent"});
    EXPECT_EQ(heard.begun, std::vector<std::string>{""});
    EXPECT_EQ(heard.changes, 2);
}

TEST(Watching, follows_the_first_and_says_so_where_notify_is_refused) {
    Script script(offering("IDLE NOTIFY", R"(
        C: A1 NOTIFY SET (mailboxes ("INBOX" "Sent") (MessageNew MessageExpunge FlagChange))
        S: A1 BAD what
        C: A2 EXAMINE INBOX
        S: * 3 EXISTS
        S: A2 OK done
        C: A3 IDLE
        S: * BYE
    )"));
    const auto heard = watch(script, {"INBOX", "Sent"});
    ASSERT_EQ(heard.begun.size(), 1U);
    EXPECT_NE(heard.begun.front().find("only INBOX is followed"), std::string::npos);
}
