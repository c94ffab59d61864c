// SPDX-License-Identifier: Apache-2.0
// A mailbox against a scripted server that lies, with a real archive and a real catalog. What
// honest servers say is tested against Dovecot (tests/e2e/mirror_test.py).
#include "mailkeep/sync/mirror.hpp"

#include "support/scripted_stream.hpp"
#include "sync_fixture.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace mailkeep::sync;

namespace {

class MirrorTest : public SyncFixture {
  protected:
    MirrorTest() : SyncFixture(Protocol::imap) {}

    /// One session that begins logged in.
    std::vector<std::string> run(std::string_view body) {
        test::Script script("S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n" + std::string(body));
        imap::ReadSession session(script.open(), Security::tls);
        session.greet();
        Progress progress;
        return perform(RunKind::mirror, [&](const catalog::Catalog& reading, Ingest& ingest) {
            return mirror(session, account, reading, ingest, progress, {});
        });
    }

    std::size_t standing() { return catalog->mirror_state(account.id, "INBOX").messages.size(); }
};

constexpr std::string_view opened =
    "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
    "C: A2 EXAMINE INBOX\nS: * 2 EXISTS\n";
constexpr std::string_view two_flags =
    "C: A3 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
    "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\n"
    "S: * 2 FETCH (UID 5 FLAGS (\\Seen) RFC822.SIZE 3)\nS: A3 OK\n";
constexpr std::string_view two_bodies =
    "C: A4 UID FETCH 4:5 (FLAGS INTERNALDATE BODY.PEEK[])\n"
    "S: * 1 FETCH (UID 4 FLAGS () INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {3}\nS: a\nS: "
    ")\n"
    "S: * 2 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {3}\n"
    "S: b\nS: )\nS: A4 OK\n";
constexpr std::string_view valid = "S: * OK [UIDVALIDITY 7]\nS: A2 OK\n";

}  // namespace

TEST_F(MirrorTest, believes_no_vanishing_when_fewer_are_listed_than_exist) {
    EXPECT_TRUE(run(joined({opened, valid, two_flags, two_bodies})).empty());
    ASSERT_EQ(standing(), 2U);
    const auto problems = run(joined({opened, valid,
                                      "C: A3 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
                                      "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\nS: A3 OK\n"}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("lists only 1"), std::string::npos);
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(standing(), 2U);
}

TEST_F(MirrorTest, fetches_nothing_again_from_a_mailbox_without_uid_validity) {
    const auto session = joined({opened, "S: A2 OK\n", two_flags});
    EXPECT_TRUE(run(session + std::string(two_bodies)).empty());
    EXPECT_EQ(counts.seen, 2U);
    const auto before = archive->last_batch();
    EXPECT_TRUE(run(session).empty());
    EXPECT_EQ(counts, RunCounts{});
    EXPECT_EQ(archive->last_batch(), before);
}

TEST_F(MirrorTest, keeps_all_mailboxes_when_the_server_lists_none) {
    EXPECT_TRUE(run(joined({opened, valid, two_flags, two_bodies})).empty());
    EXPECT_EQ(run("C: A1 LIST \"\" \"*\"\nS: A1 OK\n").size(), 1U);
    EXPECT_EQ(standing(), 2U);
}

TEST_F(MirrorTest, notes_a_mailbox_that_is_no_longer_listed_and_keeps_its_mail) {
    EXPECT_TRUE(run(joined({opened, valid, two_flags, two_bodies})).empty());
    EXPECT_TRUE(run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Other\nS: A1 OK\n"
                    "C: A2 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\nS: A2 OK\n")
                    .empty());
    EXPECT_EQ(counts.vanished, 2U);
    EXPECT_EQ(standing(), 0U);
    EXPECT_EQ(catalog->totals().messages, 2U);
}

TEST_F(MirrorTest, goes_on_behind_a_mailbox_that_does_not_open) {
    const auto problems =
        run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Locked\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
            "C: A2 EXAMINE Locked\nS: A2 NO in use\n"
            "C: A3 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A3 OK\n");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("Locked"), std::string::npos);
}
