// SPDX-License-Identifier: Apache-2.0
// A mailbox against a scripted server that lies, with a real archive and a real catalog. What
// honest servers say is tested against Dovecot (tests/e2e/mirror_test.py).
#include "mailkeep/sync/mirror.hpp"

#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"
#include "sync_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>

using namespace mailkeep;
using namespace mailkeep::sync;

namespace {

class MirrorTest : public SyncFixture {
  protected:
    MirrorTest() : SyncFixture(Protocol::imap) {}

    /// One session that begins logged in.
    std::vector<std::string> run(std::string_view body, std::string_view capabilities = "") {
        test::Script script("S: * PREAUTH [CAPABILITY IMAP4rev1 " + std::string(capabilities) +
                            "] joe\n" + std::string(body));
        return run_script(script);
    }

    std::vector<std::string> run_script(test::Script& script) {
        imap::ReadSession session(script.open(), Security::tls);
        session.greet();
        Progress progress;
        return perform(RunKind::mirror, [&](catalog::Catalog& reading, Ingest& ingest) {
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
/// The same mailbox once it is known.
constexpr std::string_view opened_again =
    "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
    "C: A2 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)\nS: * STATUS INBOX (MESSAGES 2)\nS: A2 OK\n"
    "C: A3 EXAMINE INBOX\nS: * 2 EXISTS\n";
constexpr std::string_view valid = "S: * OK [UIDVALIDITY 7]\nS: A2 OK\n";

}  // namespace

TEST_F(MirrorTest, believes_no_vanishing_when_fewer_are_listed_than_exist) {
    EXPECT_TRUE(run(joined({opened, valid, two_flags, two_bodies})).empty());
    ASSERT_EQ(standing(), 2U);
    const auto problems = run(joined({opened_again,
                                      "S: * OK [UIDVALIDITY 7]\nS: A3 OK\n"
                                      "C: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
                                      "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n"
                                      "C: A5 UID SEARCH ALL\nS: * SEARCH 4\nS: A5 OK\n"}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("lists only 1"), std::string::npos);
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(standing(), 2U);
}

TEST_F(MirrorTest, takes_what_somebody_removes_meanwhile_for_gone) {
    EXPECT_TRUE(run(joined({opened, valid, two_flags, two_bodies})).empty());
    EXPECT_TRUE(run(joined({opened_again, "S: * OK [UIDVALIDITY 7]\nS: A3 OK\n",
                            "C: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\nS: * 2 EXPUNGE\n"
                            "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n",
                            "C: A5 UID SEARCH ALL\nS: * SEARCH 4\nS: A5 OK\n"}))
                    .empty());
    EXPECT_EQ(counts.vanished, 1U);
    EXPECT_EQ(catalog->cursor(account.id, "INBOX")->messages, 1U);
}

TEST_F(MirrorTest, fetches_nothing_again_from_a_mailbox_without_uid_validity) {
    EXPECT_TRUE(run(joined({opened, "S: A2 OK\n", two_flags, two_bodies})).empty());
    EXPECT_EQ(counts.seen, 2U);
    const auto before = archive->last_batch();
    EXPECT_TRUE(run(joined({opened_again, "S: A3 OK\n",
                            "C: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
                            "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\n"
                            "S: * 2 FETCH (UID 5 FLAGS (\\Seen) RFC822.SIZE 3)\nS: A4 OK\n"}))
                    .empty());
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
                    "C: A2 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\nS: A2 OK\n"
                    "C: A3 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\nS: A3 OK\n")
                    .empty());
    EXPECT_EQ(counts.vanished, 2U);
    EXPECT_EQ(standing(), 0U);
    EXPECT_EQ(catalog->totals().messages, 2U);
}

namespace {

/// INBOX is no longer listed, and Other has its UIDVALIDITY, UIDs, sizes and dates; these are the
/// texts the spot check gets.
std::string listed_as_other(std::string_view first, std::string_view second) {
    const auto body = [](std::string_view uid, std::string_view text) {
        return "S: * 1 FETCH (UID " + std::string(uid) +
               " FLAGS () INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {3}\nS: " +
               std::string(text) + "\nS: )\n";
    };
    return "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Other\nS: A1 OK\n"
           "C: A2 EXAMINE Other\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A2 OK\n"
           "C: A3 UID FETCH 4:5 (RFC822.SIZE INTERNALDATE)\n"
           "S: * 1 FETCH (UID 4 RFC822.SIZE 3 INTERNALDATE \"01-Feb-2024 10:00:00 +0100\")\n"
           "S: * 2 FETCH (UID 5 RFC822.SIZE 3 INTERNALDATE \"01-Feb-2024 10:00:00 +0100\")\n"
           "S: A3 OK\nC: A4 UID FETCH 4:5 (FLAGS INTERNALDATE BODY.PEEK[])\n" +
           body("4", first) + body("5", second) +
           "S: A4 OK\nC: A5 EXAMINE Other\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A5 OK\n"
           "C: A6 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
           "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\n"
           "S: * 2 FETCH (UID 5 FLAGS (\\Seen) RFC822.SIZE 3)\nS: A6 OK\n";
}

}  // namespace

namespace {

constexpr std::string_view named_object =
    "S: * OK [UIDVALIDITY 7]\nS: * OK [MAILBOXID (F1)]\nS: A2 OK\n";

/// INBOX is no longer listed, and Other has one of its two messages, under this name of the server.
std::string other_with_one_left(std::string_view object_id) {
    const std::string opened = "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: * OK [MAILBOXID (" +
                               std::string(object_id) + ")]\n";
    return "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Other\nS: A1 OK\nC: A2 EXAMINE Other\n" +
           opened +
           "S: A2 OK\nC: A3 UID FETCH 4:5 (RFC822.SIZE INTERNALDATE)\n"
           "S: * 1 FETCH (UID 5 RFC822.SIZE 3 INTERNALDATE \"01-Feb-2024 10:00:00 +0100\")\n"
           "S: A3 OK\n";
}

}  // namespace

TEST_F(MirrorTest, knows_a_renamed_mailbox_by_its_mailboxid_however_little_is_left) {
    EXPECT_TRUE(run(joined({opened, named_object, two_flags, two_bodies})).empty());
    EXPECT_EQ(catalog->mailbox(account.id, "INBOX")->object_id, "F1");
    EXPECT_TRUE(run(joined({other_with_one_left("F1"),
                            "C: A4 UID FETCH 5 (FLAGS INTERNALDATE BODY.PEEK[])\n"
                            "S: * 1 FETCH (UID 5 FLAGS (\\Seen) BODY[] {3}\nS: b\nS: )\nS: A4 OK\n"
                            "C: A5 EXAMINE Other\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
                            "S: * OK [MAILBOXID (F1)]\nS: A5 OK\n"
                            "C: A6 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
                            "S: * 1 FETCH (UID 5 FLAGS (\\Seen) RFC822.SIZE 3)\nS: A6 OK\n"}))
                    .empty());
    EXPECT_FALSE(catalog->mailbox(account.id, "INBOX"));
    EXPECT_EQ(catalog->collected(account.id, "Other").size(), 1U);
    EXPECT_EQ(counts.seen, 0U);
    EXPECT_EQ(counts.vanished, 1U);
}

TEST_F(MirrorTest, takes_no_mailbox_of_another_mailboxid_for_a_renamed_one) {
    EXPECT_TRUE(run(joined({opened, named_object, two_flags, two_bodies})).empty());
    EXPECT_TRUE(run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Other\nS: A1 OK\n"
                    "C: A2 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\n"
                    "S: * OK [MAILBOXID (F2)]\nS: A2 OK\n"
                    "C: A3 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\n"
                    "S: * OK [MAILBOXID (F2)]\nS: A3 OK\n")
                    .empty());
    EXPECT_TRUE(catalog->mailbox(account.id, "INBOX")->is_gone);
    EXPECT_EQ(catalog->mailbox(account.id, "Other")->object_id, "F2");
}

TEST_F(MirrorTest, knows_a_mailbox_that_was_renamed_and_numbered_anew) {
    EXPECT_TRUE(run(joined({opened, named_object, two_flags, two_bodies})).empty());
    EXPECT_TRUE(run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Other\nS: A1 OK\n"
                    "C: A2 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\n"
                    "S: * OK [MAILBOXID (F1)]\nS: A2 OK\n"
                    "C: A3 EXAMINE Other\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 9]\n"
                    "S: * OK [MAILBOXID (F1)]\nS: A3 OK\n")
                    .empty());
    EXPECT_FALSE(catalog->mailbox(account.id, "INBOX"));
    EXPECT_EQ(catalog->mailbox(account.id, "Other")->uid_validity, 9U);
    EXPECT_EQ(counts.vanished, 2U);
}

TEST_F(MirrorTest, goes_on_with_a_mailbox_under_another_name) {
    EXPECT_TRUE(run(joined({opened, valid, two_flags, two_bodies})).empty());
    EXPECT_TRUE(run(listed_as_other("a", "b")).empty());
    EXPECT_EQ(counts, RunCounts{});
    EXPECT_FALSE(catalog->mailbox(account.id, "INBOX"));
    const auto other = catalog->collected(account.id, "Other");
    ASSERT_EQ(other.size(), 2U);
    EXPECT_EQ(other[0].content_id, sha256("a\r\n"));
}

TEST_F(MirrorTest, takes_no_mailbox_with_other_octets_for_a_renamed_one) {
    EXPECT_TRUE(run(joined({opened, valid, two_flags, two_bodies})).empty());
    EXPECT_TRUE(run(listed_as_other("a", "z") +
                    "C: A7 UID FETCH 4:5 (FLAGS INTERNALDATE BODY.PEEK[])\n"
                    "S: * 1 FETCH (UID 4 FLAGS () BODY[] {3}\nS: a\nS: )\n"
                    "S: * 2 FETCH (UID 5 FLAGS (\\Seen) BODY[] {3}\nS: z\nS: )\nS: A7 OK\n")
                    .empty());
    EXPECT_EQ(counts.seen, 2U);
    EXPECT_EQ(counts.vanished, 2U);
    EXPECT_TRUE(catalog->mailbox(account.id, "INBOX")->is_gone);
    EXPECT_EQ(catalog->collected(account.id, "Other").at(1).content_id, sha256("z\r\n"));
}

TEST_F(MirrorTest, goes_on_behind_a_mailbox_that_does_not_open) {
    const auto problems =
        run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Locked\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
            "C: A2 EXAMINE Locked\nS: A2 NO in use\n"
            "C: A3 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A3 OK\n");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("Locked"), std::string::npos);
}

namespace {

/// Two mailboxes of a message each.
const std::string two_mailboxes =
    "C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: * LIST () \"/\" Sent\nS: A1 OK\n"
    "C: A2 EXAMINE INBOX\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A2 OK\n"
    "C: A3 UID FETCH 1:* (FLAGS RFC822.SIZE)\nS: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\n"
    "S: A3 OK\n"
    "C: A4 UID FETCH 4 (FLAGS INTERNALDATE BODY.PEEK[])\n"
    "S: * 1 FETCH (UID 4 FLAGS () INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {3}\nS: a\n"
    "S: )\nS: A4 OK\n"
    "C: A5 EXAMINE Sent\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 8]\nS: A5 OK\n"
    "C: A6 UID FETCH 1:* (FLAGS RFC822.SIZE)\nS: * 1 FETCH (UID 9 FLAGS () RFC822.SIZE 3)\n"
    "S: A6 OK\n"
    "C: A7 UID FETCH 9 (FLAGS INTERNALDATE BODY.PEEK[])\n"
    "S: * 1 FETCH (UID 9 FLAGS () INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {3}\nS: b\n"
    "S: )\nS: A7 OK\n";

}  // namespace

TEST_F(MirrorTest, keeps_small_mailboxes_in_one_batch) {
    const auto before = archive->last_batch();
    EXPECT_TRUE(run(two_mailboxes).empty());
    EXPECT_EQ(archive->last_batch(), before + 2) << "the mail, and how the run ended";
    EXPECT_TRUE(catalog->cursor(account.id, "INBOX"));
    EXPECT_TRUE(catalog->cursor(account.id, "Sent"));
    EXPECT_EQ(catalog->mailboxes(account.id, {}).at(0).completeness->archived, 1U);
}

TEST_F(MirrorTest, has_no_place_to_go_on_from_when_the_batch_fails) {
    EXPECT_TRUE(run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
                    "C: A2 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A2 OK\n")
                    .empty());
    const auto empty = catalog->cursor(account.id, "INBOX");
    ASSERT_TRUE(empty);
    keeper->close_journal();
    std::filesystem::rename(data / "journal", data / "away");
    std::ofstream(data / "journal") << "no folder";
    const auto error = test::failure_of([&] {
        run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
            "C: A2 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)\nS: * STATUS INBOX (MESSAGES 1)\n"
            "S: A2 OK\nC: A3 EXAMINE INBOX\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A3 OK\n"
            "C: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
            "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n"
            "C: A5 UID FETCH 4 (FLAGS INTERNALDATE BODY.PEEK[])\n"
            "S: * 1 FETCH (UID 4 FLAGS () INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {3}\n"
            "S: a\nS: )\nS: A5 OK\n");
    });
    EXPECT_EQ(error.code(), Errc::storage);
    EXPECT_EQ(catalog->cursor(account.id, "INBOX"), empty);
}

TEST_F(MirrorTest, ends_at_once_when_the_archive_is_damaged) {
    EXPECT_TRUE(run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\nS: A1 OK\n"
                    "C: A2 EXAMINE INBOX\nS: * 0 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A2 OK\n")
                    .empty());
    catalog->apply({.number = archive->last_batch() + 1, .at = clock.now()}, {});
    const auto error = test::failure_of([&] {
        run("C: A1 LIST \"\" \"*\"\nS: * LIST () \"/\" Sent\nS: * LIST () \"/\" Drafts\n"
            "S: * LIST () \"/\" INBOX\nS: A1 OK\n"
            "C: A2 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)\nS: * STATUS INBOX (MESSAGES 1)\n"
            "S: A2 OK\nC: A3 EXAMINE Sent\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 8]\nS: A3 OK\n"
            "C: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
            "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n");
    });
    EXPECT_EQ(error.code(), Errc::corrupt);
}

namespace {

constexpr std::string_view resync = "ENABLE QRESYNC CONDSTORE LIST-STATUS";

/// Enabled and listed; INBOX has these numbers.
std::string listed_with(std::string_view numbers) {
    return "C: A1 ENABLE QRESYNC\nS: A1 OK\n"
           "C: A2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))\n"
           "S: * LIST () \"/\" INBOX\nS: * STATUS INBOX (UIDVALIDITY 7 " +
           std::string(numbers) + ")\nS: A2 OK\n";
}

std::string body_of(std::string_view tag, std::string_view uids, Uid uid) {
    return "C: " + std::string(tag) + " UID FETCH " + std::string(uids) +
           " (FLAGS INTERNALDATE BODY.PEEK[])\nS: * 1 FETCH (UID " + std::to_string(uid) +
           " FLAGS () INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {3}\nS: " +
           static_cast<char>('a' + uid) + "\nS: )\n";
}

const std::string first_pass =
    listed_with("MESSAGES 2 UIDNEXT 6 HIGHESTMODSEQ 90") +
    "C: A3 EXAMINE INBOX (CONDSTORE)\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
    "S: * OK [UIDNEXT 6]\nS: * OK [HIGHESTMODSEQ 90]\nS: A3 OK\n"
    "C: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\nS: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 3)\n"
    "S: * 2 FETCH (UID 5 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n";

const std::string first_whole = first_pass + body_of("A5", "4:5", 4) +
                                "S: * 2 FETCH (UID 5 FLAGS () BODY[] {3}\nS: z\nS: )\nS: A5 OK\n";

/// Opened again behind the cursor of the first pass.
std::string reopened(std::string_view exists, std::string_view uid_next, std::string_view told) {
    return "C: A3 EXAMINE INBOX (QRESYNC (7 90 1:5))\nS: * " + std::string(exists) +
           " EXISTS\nS: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT " + std::string(uid_next) +
           "]\nS: * OK [HIGHESTMODSEQ 99]\n" + std::string(told) + "S: A3 OK\n";
}

}  // namespace

TEST_F(MirrorTest, does_not_open_a_mailbox_that_is_as_it_was) {
    EXPECT_TRUE(run(first_whole, resync).empty());
    EXPECT_EQ(catalog->cursor(account.id, "INBOX"), (MailboxCursor{7, 6, 2, 90, clock.now()}));
    EXPECT_TRUE(run(listed_with("MESSAGES 2 UIDNEXT 6 HIGHESTMODSEQ 90"), resync).empty());
    EXPECT_EQ(standing(), 2U);
}

TEST_F(MirrorTest, asks_only_for_what_changed) {
    EXPECT_TRUE(run(first_whole, resync).empty());
    EXPECT_TRUE(
        run(listed_with("MESSAGES 2 UIDNEXT 7 HIGHESTMODSEQ 99") +
                reopened("2", "7",
                         "S: * VANISHED (EARLIER) 4\nS: * 1 FETCH (UID 5 FLAGS (\\Seen))\n") +
                "C: A4 UID FETCH 6:* (FLAGS RFC822.SIZE)\n"
                "S: * 2 FETCH (UID 6 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n" +
                body_of("A5", "6", 6) + "S: A5 OK\n",
            resync)
            .empty());
    EXPECT_EQ(counts.vanished, 1U);
    EXPECT_EQ(counts.flag_changes, 1U);
    EXPECT_EQ(counts.seen, 1U);
    EXPECT_EQ(standing(), 2U);
    EXPECT_EQ(catalog->cursor(account.id, "INBOX"), (MailboxCursor{7, 7, 2, 99, clock.now()}));
}

// nextcloud/mail #11908: Cyrus told that everything had vanished.
TEST_F(MirrorTest, believes_no_vanishing_that_does_not_add_up) {
    EXPECT_TRUE(run(first_whole, resync).empty());
    EXPECT_TRUE(run(listed_with("MESSAGES 2 UIDNEXT 6 HIGHESTMODSEQ 99") +
                        reopened("2", "6", "S: * VANISHED (EARLIER) 1:5\n") +
                        "C: A4 UID SEARCH ALL\nS: * SEARCH 4 5\nS: A4 OK\n",
                    resync)
                    .empty());
    EXPECT_EQ(counts, RunCounts{});
    EXPECT_EQ(standing(), 2U);
}

TEST_F(MirrorTest, compares_everything_when_even_a_search_does_not_add_up) {
    EXPECT_TRUE(run(first_whole, resync).empty());
    const auto problems =
        run(listed_with("MESSAGES 3 UIDNEXT 6 HIGHESTMODSEQ 99") + reopened("3", "6", "") +
                "C: A4 UID SEARCH ALL\nS: * SEARCH 4 5\nS: A4 OK\n"
                "C: A5 UID FETCH 1:* (FLAGS RFC822.SIZE)\nS: * 1 FETCH (UID 5 FLAGS ())\nS: A5 OK\n"
                "C: A6 UID SEARCH ALL\nS: A6 OK\n",
            resync);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(standing(), 2U);
    EXPECT_EQ(catalog->cursor(account.id, "INBOX")->mod_seq, 90U) << "the cursor went on";
}

TEST_F(MirrorTest, asks_again_for_a_message_that_was_not_given) {
    const auto problems = run(first_pass + body_of("A5", "4:5", 4) + "S: A5 OK\n", resync);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(catalog->cursor(account.id, "INBOX")->uid_next, 6U) << "it blocked the cursor";
    const auto held = catalog->quarantined(account.id, "INBOX", 7);
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].uid, 5U);
    const auto said = catalog->mailboxes(account.id, std::nullopt).at(0).completeness;
    EXPECT_EQ(said, (Completeness{clock.now(), 2, 1, 1, 0}));
    EXPECT_TRUE(run(listed_with("MESSAGES 2 UIDNEXT 6 HIGHESTMODSEQ 90") + reopened("2", "6", "") +
                        body_of("A4", "5", 5) + "S: A4 OK\n",
                    resync)
                    .empty());
    EXPECT_EQ(standing(), 2U);
    EXPECT_TRUE(catalog->quarantined(account.id, "INBOX", 7).empty());
}

TEST_F(MirrorTest, moves_no_cursor_when_the_session_breaks_off) {
    EXPECT_THROW(run(first_pass + body_of("A5", "4:5", 4) + "X\n", resync), Error);
    EXPECT_EQ(catalog->cursor(account.id, "INBOX"), std::nullopt);
}

namespace {

/// A first run over 60 messages of three octets each, UIDs 1 to 60.
std::string sixty_messages() {
    std::string script =
        listed_with("MESSAGES 60 UIDNEXT 61 HIGHESTMODSEQ 90") +
        "C: A3 EXAMINE INBOX (CONDSTORE)\nS: * 60 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
        "S: * OK [UIDNEXT 61]\nS: * OK [HIGHESTMODSEQ 90]\nS: A3 OK\n"
        "C: A4 UID FETCH 1:* (FLAGS RFC822.SIZE)\n";
    for (int uid = 1; uid <= 60; ++uid) {
        script += "S: * 1 FETCH (UID " + std::to_string(uid) + " FLAGS () RFC822.SIZE 4)\n";
    }
    script += "S: A4 OK\nC: A5 UID FETCH 1:60 (FLAGS INTERNALDATE BODY.PEEK[])\n";
    for (int uid = 1; uid <= 60; ++uid) {
        script += "S: * 1 FETCH (UID " + std::to_string(uid) +
                  " FLAGS () BODY[] {4}\nS: " + std::to_string(uid + 10) + "\nS: )\n";
    }
    return script + "S: A5 OK\n";
}

/// 55 of them vanished, one came.
std::string great_loss(bool is_fetched_already = false) {
    return listed_with("MESSAGES 6 UIDNEXT 62 HIGHESTMODSEQ 99") +
           "C: A3 EXAMINE INBOX (QRESYNC (7 90 1:60))\nS: * 6 EXISTS\n"
           "S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 62]\nS: * OK [HIGHESTMODSEQ 99]\n"
           "S: * VANISHED (EARLIER) 1:55\nS: A3 OK\n"
           "C: A4 UID FETCH 61:* (FLAGS RFC822.SIZE)\n"
           "S: * 6 FETCH (UID 61 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n" +
           (is_fetched_already ? "" : body_of("A5", "61", 61) + "S: A5 OK\n");
}

}  // namespace

TEST_F(MirrorTest, takes_no_great_loss_for_gone_before_it_is_accepted) {
    EXPECT_TRUE(run(sixty_messages(), resync).empty());
    const auto problems = run(great_loss(), resync);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("55 of 60"), std::string::npos);
    EXPECT_NE(problems[0].find("mailkeep account accept post"), std::string::npos);
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(counts.seen, 1U) << "new mail comes in all the same";
    EXPECT_EQ(standing(), 61U);
    ASSERT_EQ(catalog->losses(account.id).size(), 1U);
    EXPECT_EQ(run(great_loss(true), resync).size(), 1U) << "it waits";
    EXPECT_EQ(catalog->accept_losses(account.id, clock.now()), 1U);
    EXPECT_TRUE(run(great_loss(true), resync).empty());
    EXPECT_EQ(counts.vanished, 55U);
    EXPECT_EQ(standing(), 6U);
    EXPECT_TRUE(catalog->losses(account.id).empty());
    EXPECT_EQ(catalog->cursor(account.id, "INBOX")->mod_seq, 99U);
}

TEST_F(MirrorTest, forgets_a_loss_when_the_mail_is_back) {
    EXPECT_TRUE(run(sixty_messages(), resync).empty());
    EXPECT_EQ(run(great_loss(), resync).size(), 1U);
    EXPECT_TRUE(run(listed_with("MESSAGES 61 UIDNEXT 62 HIGHESTMODSEQ 120") +
                        "C: A3 EXAMINE INBOX (QRESYNC (7 90 1:60))\nS: * 61 EXISTS\n"
                        "S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 62]\n"
                        "S: * OK [HIGHESTMODSEQ 120]\nS: A3 OK\n"
                        "C: A4 UID FETCH 61:* (FLAGS RFC822.SIZE)\n"
                        "S: * 6 FETCH (UID 61 FLAGS () RFC822.SIZE 3)\nS: A4 OK\n",
                    resync)
                    .empty());
    EXPECT_TRUE(catalog->losses(account.id).empty());
    EXPECT_EQ(standing(), 61U);
}

TEST_F(MirrorTest, archives_new_mail_of_a_mailbox_that_was_made_anew_and_lost_its_old) {
    EXPECT_TRUE(run(sixty_messages(), resync).empty());
    const auto anew = [](bool is_fetched_already) {
        return "C: A1 ENABLE QRESYNC\nS: A1 OK\n"
               "C: A2 LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY "
               "HIGHESTMODSEQ))\nS: * LIST () \"/\" INBOX\nS: A2 OK\n"
               "C: A3 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)\nS: A3 NO\n"
               "C: A4 EXAMINE INBOX (QRESYNC (7 90 1:60))\nS: * 1 EXISTS\n"
               "S: * OK [UIDVALIDITY 8]\nS: * OK [UIDNEXT 2]\nS: * OK [HIGHESTMODSEQ 3]\nS: A4 OK\n"
               "C: A5 UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
               "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 3)\nS: A5 OK\n" +
               (is_fetched_already ? "" : body_of("A6", "1", 1) + "S: A6 OK\n");
    };
    EXPECT_EQ(run(anew(false), resync).size(), 1U);
    EXPECT_EQ(counts.seen, 1U);
    EXPECT_EQ(standing(), 60U) << "the mailbox is known by its old UIDVALIDITY";
    EXPECT_EQ(catalog->mirror_state(account.id, "INBOX", 8).messages.size(), 1U);
    EXPECT_EQ(run(anew(true), resync).size(), 1U);
    catalog->accept_losses(account.id, clock.now());
    EXPECT_TRUE(run(anew(true), resync).empty());
    EXPECT_EQ(standing(), 1U);
    EXPECT_EQ(catalog->mailbox(account.id, "INBOX")->uid_validity, 8U);
}

TEST_F(MirrorTest, believes_no_server_that_suddenly_shows_only_empty_mailboxes) {
    EXPECT_TRUE(run(first_whole, resync).empty());
    const auto nothing = listed_with("MESSAGES 0 UIDNEXT 6 HIGHESTMODSEQ 99");
    const auto problems = run(nothing, resync);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(standing(), 2U);
    EXPECT_EQ(catalog->losses(account.id).at(0).mailbox, "");
    catalog->accept_losses(account.id, clock.now());
    EXPECT_TRUE(run(nothing + reopened("0", "6", "S: * VANISHED (EARLIER) 4:5\n"), resync).empty());
    EXPECT_EQ(counts.vanished, 2U);
    EXPECT_TRUE(catalog->losses(account.id).empty());
}

TEST_F(MirrorTest, goes_on_behind_a_mailbox_whose_name_holds_a_nul) {
    test::Script script;
    script.server("* PREAUTH [CAPABILITY IMAP4rev1] joe\r\n").client("A1 LIST \"\" \"*\"\r\n");
    script.server(
        std::string_view("* LIST () \"/\" \"a\0b\"\r\n* LIST () \"/\" INBOX\r\nA1 OK\r\n", 49));
    script.client("A2 EXAMINE INBOX\r\n").server("* 0 EXISTS\r\n* OK [UIDVALIDITY 7]\r\nA2 OK\r\n");
    const auto problems = run_script(script);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("NUL"), std::string::npos);
}
