// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/purge_session.hpp"

#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"

#include <gtest/gtest.h>

namespace mailkeep::imap {

namespace {

using test::Script;

constexpr std::string_view uidplus_greeting =
    "S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] joe\nC: A1 SELECT a\nS: * 5 EXISTS\n"
    "S: * OK [UIDVALIDITY 7]\nS: A1 OK\n";

PurgeSession open_purging(Script& script) {
    ReadSession session(script.open(), Security::tls);
    session.greet();
    return PurgeSession(std::move(session));
}

}  // namespace

TEST(PurgeSession, deletes_the_uids_it_is_told_and_no_others) {
    Script script(std::string(uidplus_greeting) +
                  "C: A2 UID STORE 4:5,9 +FLAGS.SILENT (\\Seen \\Deleted)\nS: A2 OK\n"
                  "C: A3 UID EXPUNGE 4:5,9\nS: * 1 EXPUNGE\nS: * 1 EXPUNGE\nS: * 3 EXPUNGE\n"
                  "S: A3 OK\nC: A4 UID FETCH 4:5,9 (UID)\nS: A4 OK\n");
    auto session = open_purging(script);
    EXPECT_EQ(session.select("a").uid_validity, 7U);
    EXPECT_EQ(session.purge(UidSet::of({4, 5, 9})), UidSet::of({4, 5, 9}));
}

TEST(PurgeSession, tells_what_is_still_there) {
    Script script(std::string(uidplus_greeting) +
                  "C: A2 UID STORE 4:5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: A2 OK\n"
                  "C: A3 UID EXPUNGE 4:5\nS: A3 OK\n"
                  "C: A4 UID FETCH 4:5 (UID)\nS: * 2 FETCH (UID 5)\nS: * 3 FETCH (UID 6)\n"
                  "S: A4 OK\n");
    auto session = open_purging(script);
    static_cast<void>(session.select("a"));
    EXPECT_EQ(session.purge(UidSet::of({4, 5})), UidSet::of({4}));
}

TEST(PurgeSession, expunges_nothing_that_could_not_be_marked) {
    Script script(std::string(uidplus_greeting) +
                  "C: A2 UID STORE 4 +FLAGS.SILENT (\\Seen \\Deleted)\nS: A2 NO read-only\n");
    auto session = open_purging(script);
    static_cast<void>(session.select("a"));
    EXPECT_EQ(test::failure_of([&] { static_cast<void>(session.purge(UidSet::of({4}))); }).code(),
              Errc::refused);
}

TEST(PurgeSession, cannot_purge_where_only_a_plain_expunge_is_there) {
    Script without("S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n");
    EXPECT_FALSE(open_purging(without).can_purge());
    Script with("S: * PREAUTH [CAPABILITY IMAP4rev2] joe\n");
    EXPECT_TRUE(open_purging(with).can_purge());
}

}  // namespace mailkeep::imap
