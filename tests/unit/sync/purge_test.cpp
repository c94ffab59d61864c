// SPDX-License-Identifier: Apache-2.0
// Deleting on an IMAP server, against scripted ones, with a real archive and a real catalog. Every
// command a script does not hold is a failure.
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/mirror.hpp"
#include "mailkeep/sync/purge.hpp"

#include "support/failure_of.hpp"
#include "support/scripted_stream.hpp"
#include "sync_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace mailkeep::sync {

namespace {

constexpr std::string_view plus_greeting = "S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] joe\n";
constexpr std::string_view inbox_selected =
    "C: A1 SELECT INBOX\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: A1 OK\n";
constexpr std::string_view both_purged =
    "C: A2 UID STORE 4:5 +FLAGS.SILENT (\\Seen \\Deleted)\nS: A2 OK\n"
    "C: A3 UID EXPUNGE 4:5\nS: A3 OK\nC: A4 UID FETCH 4:5 (UID)\nS: A4 OK\n";

class PurgeTest : public SyncFixture {
  protected:
    PurgeTest() : SyncFixture(Protocol::imap) {
        account.delete_policy = {DeletePolicy::Kind::archived, 0};
        archive::Batch batch;
        for (const auto& [uid, raw] : {std::pair<Uid, std::string>{4, "four"}, {5, "five"}}) {
            batch.add_event({clock.now(), RunId{1},
                             Seen{account.id, "INBOX", 7, uid, {}, sha256(raw), {}, {}}});
            batch.add_message(raw);
        }
        keeper->keep(batch);
    }

    std::vector<std::string> run(std::string_view greeting, std::string_view body) {
        test::Script script(std::string(greeting) + std::string(body));
        imap::ReadSession session(script.open(), Security::tls);
        session.greet();
        imap::PurgeSession purging(std::move(session));
        Progress progress;
        return perform(RunKind::mirror, [&](catalog::Catalog& reading, Ingest& ingest) {
            return purge(purging, account, reading, ingest, progress, {});
        });
    }

    std::size_t on_server() { return catalog->collected(account.id, "INBOX").size(); }

    std::optional<Receipt> receipt_of(std::string_view raw) {
        return catalog->message(sha256(raw)).value().placements.at(0).receipt;
    }
};

}  // namespace

TEST_F(PurgeTest, leaves_a_receipt_for_what_it_deleted) {
    EXPECT_TRUE(run(plus_greeting, joined({inbox_selected, both_purged})).empty());
    EXPECT_EQ(counts.deleted_from_server, 2U);
    EXPECT_EQ(on_server(), 0U);
    const auto receipt = receipt_of("four");
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->proof, RemovalProof::read_back);
    EXPECT_NE(receipt->run.value, 0);
    EXPECT_TRUE(keeper->holds(sha256("four"), *catalog));
}

TEST_F(PurgeTest, deletes_nothing_without_uidplus) {
    const auto problems = run("S: * PREAUTH [CAPABILITY IMAP4rev1] joe\n", "");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("UIDPLUS"), std::string::npos);
    EXPECT_EQ(on_server(), 2U);
}

TEST_F(PurgeTest, deletes_nothing_under_another_uid_validity) {
    const auto problems = run(
        plus_greeting, "C: A1 SELECT INBOX\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 8]\nS: A1 OK\n");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("UIDVALIDITY"), std::string::npos);
    EXPECT_EQ(on_server(), 2U);
}

TEST_F(PurgeTest, deletes_nothing_where_no_uid_validity_is_told) {
    EXPECT_EQ(run(plus_greeting, "C: A1 SELECT INBOX\nS: * 2 EXISTS\nS: A1 OK\n").size(), 1U);
    EXPECT_EQ(on_server(), 2U);
}

TEST_F(PurgeTest, deletes_nothing_where_the_flag_is_not_kept) {
    EXPECT_EQ(run(plus_greeting,
                  "C: A1 SELECT INBOX\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
                  "S: * OK [PERMANENTFLAGS (\\Seen)]\nS: A1 OK\n")
                  .size(),
              1U);
    EXPECT_EQ(on_server(), 2U);
}

TEST_F(PurgeTest, deletes_nothing_that_does_not_read_back) {
    const auto location = catalog->message(sha256("four")).value().stored.location;
    std::fstream file(data / location.file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(location.frame) + 33);
    file.put('X');
    file.close();
    EXPECT_EQ(
        test::failure_of([&] { static_cast<void>(run(plus_greeting, inbox_selected)); }).code(),
        Errc::corrupt);
    EXPECT_EQ(on_server(), 2U);
}

TEST_F(PurgeTest, deletes_nothing_from_an_account_that_needs_a_look) {
    catalog->note_loss(account.id, {"INBOX", "INBOX", 60, 100, clock.now(), {}});
    EXPECT_TRUE(run(plus_greeting, "").empty());
    EXPECT_EQ(on_server(), 2U);
}

TEST_F(PurgeTest, deletes_by_age_since_it_was_archived) {
    account.delete_policy = {DeletePolicy::Kind::days, 30};
    EXPECT_TRUE(run(plus_greeting, "").empty());
    clock.advance(std::chrono::hours(24 * 30));
    EXPECT_TRUE(run(plus_greeting, joined({inbox_selected, both_purged})).empty());
    EXPECT_EQ(on_server(), 0U);
}

TEST_F(PurgeTest, believes_no_ok_for_what_is_still_there) {
    const auto problems =
        run(plus_greeting, joined({inbox_selected,
                                   "C: A2 UID STORE 4:5 +FLAGS.SILENT (\\Seen \\Deleted)\n"
                                   "S: A2 OK\nC: A3 UID EXPUNGE 4:5\nS: A3 OK\n"
                                   "C: A4 UID FETCH 4:5 (UID)\nS: * 1 FETCH (UID 4)\n"
                                   "S: A4 OK\n"}));
    EXPECT_EQ(problems.size(), 1U);
    EXPECT_EQ(on_server(), 1U);
    EXPECT_FALSE(receipt_of("four"));
    EXPECT_TRUE(receipt_of("five"));
}

TEST_F(PurgeTest, stands_on_in_the_archive_when_the_answer_was_lost) {
    EXPECT_THROW(static_cast<void>(run(
                     plus_greeting, joined({inbox_selected,
                                            "C: A2 UID STORE 4:5 +FLAGS.SILENT (\\Seen \\Deleted)\n"
                                            "S: A2 OK\nC: A3 UID EXPUNGE 4:5\nX\n"}))),
                 Error);
    ASSERT_EQ(on_server(), 2U);
    test::Script script(
        "S: * PREAUTH [CAPABILITY IMAP4rev1] joe\nC: A1 LIST \"\" \"*\"\n"
        "S: * LIST () \"/\" INBOX\nS: A1 OK\nC: A2 EXAMINE INBOX\nS: * 0 EXISTS\n"
        "S: * OK [UIDVALIDITY 7]\nS: A2 OK\n");
    imap::ReadSession session(script.open(), Security::tls);
    session.greet();
    Progress progress;
    static_cast<void>(perform(RunKind::mirror, [&](catalog::Catalog& reading, Ingest& ingest) {
        return mirror(session, account, reading, ingest, progress, {});
    }));
    EXPECT_EQ(counts.deleted_from_server, 2U);
    EXPECT_EQ(counts.vanished, 0U);
    const auto receipt = receipt_of("four");
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->proof, RemovalProof::none);
}

}  // namespace mailkeep::sync
