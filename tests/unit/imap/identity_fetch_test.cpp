// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "support/scripted_stream.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::imap;

namespace {

/// A logged-in session on a server with these capabilities, and what is asked of it.
template <class Ask>
auto ask(std::string_view capabilities, std::string_view body, Ask&& question) {
    test::Script script("S: * PREAUTH [CAPABILITY IMAP4rev1" + std::string(capabilities) +
                        "] joe\n" + std::string(body));
    ReadSession session(script.open(), Security::tls);
    session.greet();
    return question(session);
}

UidSet range(Uid first, Uid last) {
    UidSet uids;
    uids.add(first, last);
    return uids;
}

std::vector<Identity> identities(std::string_view capabilities, std::string_view body,
                                 const UidSet& uids) {
    return ask(capabilities, body,
               [&](ReadSession& session) { return session.fetch_identities(uids); });
}

}  // namespace

TEST(IdentityFetch, asks_for_what_the_server_calls_a_message_where_it_does) {
    const auto told = identities(" OBJECTID",
                                 "C: A1 UID FETCH 4 (RFC822.SIZE INTERNALDATE EMAILID)\n"
                                 "S: * 1 FETCH (UID 4 RFC822.SIZE 7 EMAILID (M1) INTERNALDATE "
                                 "\"01-Feb-2024 10:00:00 +0100\")\nS: A1 OK\n",
                                 range(4, 4));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].size, 7U);
    EXPECT_EQ(told[0].object_id, "M1");
    EXPECT_TRUE(told[0].internal_date);
    EXPECT_TRUE(identities(" OBJECTID+",
                           "C: A1 UID FETCH 4 (RFC822.SIZE INTERNALDATE EMAILID)\nS: A1 OK\n",
                           range(4, 4))
                    .empty());
    EXPECT_TRUE(identities(" OBJECTID X-GM-EXT-1",
                           "C: A1 UID FETCH 4 (RFC822.SIZE INTERNALDATE X-GM-MSGID)\nS: A1 OK\n",
                           range(4, 4))
                    .empty());
}

TEST(IdentityFetch, goes_on_behind_a_refused_piece_and_takes_nothing_unasked) {
    const auto told = identities("",
                                 "C: A1 UID FETCH 1:500 (RFC822.SIZE INTERNALDATE)\n"
                                 "C: A2 UID FETCH 501:600 (RFC822.SIZE INTERNALDATE)\n"
                                 "S: A1 NO\nS: * 1 FETCH (UID 501 RFC822.SIZE 7)\n"
                                 "S: * 2 FETCH (UID 601 RFC822.SIZE 7)\nS: A2 OK\n",
                                 range(1, 600));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].uid, 501U);
}

TEST(IdentityFetch, keeps_commands_short) {
    std::vector<Uid> odd;
    for (Uid uid = 1; uid < 100; uid += 2) {
        odd.push_back(uid);
    }
    EXPECT_TRUE(identities("",
                           "C: A1 UID FETCH 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39,"
                           "41,43,45,47,49,51,53,55,57,59,61,63,65,67,69,71,73,75,77,79 "
                           "(RFC822.SIZE INTERNALDATE)\n"
                           "C: A2 UID FETCH 81,83,85,87,89,91,93,95,97,99 "
                           "(RFC822.SIZE INTERNALDATE)\nS: A1 OK\nS: A2 OK\n",
                           UidSet::of(odd))
                    .empty());
}

TEST(IdentityFetch, hands_over_headers) {
    std::vector<std::string> headers;
    ask("",
        "C: A1 UID FETCH 4:5 (BODY.PEEK[HEADER])\nS: * 1 FETCH (UID 4 BODY[HEADER] {6}\nS: a: b\n"
        "S: )\nS: * 2 FETCH (UID 5 BODY[HEADER] NIL)\nS: A1 OK\n",
        [&](ReadSession& session) {
            session.fetch_headers(range(4, 5), [&](Uid uid, const std::string& header) {
                headers.push_back(std::to_string(uid) + header);
            });
            return 0;
        });
    EXPECT_EQ(headers, std::vector<std::string>{"4a: b\r\n"});
}

TEST(IdentityFetch, asks_nothing_for_nothing) {
    EXPECT_TRUE(identities("", "", {}).empty());
}

TEST(ReadSession, ends_when_the_uidvalidity_changes_in_an_open_mailbox) {
    const auto fetch = [](std::string_view told) {
        return ask("",
                   "C: A1 EXAMINE INBOX\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A1 OK\n"
                   "C: A2 UID FETCH 1:* (FLAGS RFC822.SIZE)\nS: * OK [UIDVALIDITY " +
                       std::string(told) + "]\nS: * 1 FETCH (UID 4 FLAGS ())\nS: A2 OK\n",
                   [](ReadSession& session) {
                       session.examine("INBOX");
                       return session.fetch_flags().size();
                   });
    };
    EXPECT_EQ(fetch("7"), 1U);
    EXPECT_THROW(fetch("8"), Error);
}

TEST(ReadSession, asks_gmail_for_labels_with_the_flags) {
    const auto told = ask(" X-GM-EXT-1 CONDSTORE",
                          "C: A1 EXAMINE INBOX\nS: * 1 EXISTS\nS: A1 OK\n"
                          "C: A2 UID FETCH 1:* (FLAGS X-GM-LABELS RFC822.SIZE)\n"
                          "S: * 1 FETCH (UID 4 FLAGS (\\Seen) X-GM-LABELS (Work) RFC822.SIZE 7)\n"
                          "S: * 1 FETCH (UID 4 FLAGS ())\nS: A2 OK\n"
                          "C: A3 UID FETCH 1:4 (FLAGS X-GM-LABELS) (CHANGEDSINCE 3)\n"
                          "S: * 1 FETCH (UID 4 FLAGS () X-GM-LABELS (Home))\nS: A3 OK\n",
                          [](ReadSession& session) {
                              session.examine("INBOX");
                              auto flags = session.fetch_flags();
                              for (auto& message : session.fetch_changed_flags(4, 3)) {
                                  flags.push_back(std::move(message));
                              }
                              return flags;
                          });
    ASSERT_EQ(told.size(), 2U);
    EXPECT_FALSE(told[0].flags.seen);
    EXPECT_EQ(told[0].flags.labels, std::vector<std::string>{"Work"});
    EXPECT_EQ(told[1].flags.labels, std::vector<std::string>{"Home"});
}
