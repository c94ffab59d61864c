// SPDX-License-Identifier: Apache-2.0
// A maildrop against a scripted server, with a real archive and a real catalog.
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/collect.hpp"

#include "support/scripted_stream.hpp"
#include "sync_fixture.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <memory>

using namespace mailkeep;
using namespace mailkeep::sync;

namespace {

class CollectTest : public SyncFixture {
  protected:
    CollectTest() : SyncFixture(Protocol::pop3) {
        account.delete_policy = {DeletePolicy::Kind::archived, 0};
    }

    /// One session of a server without extensions; the body is what follows PASS.
    std::vector<std::string> run(std::string_view body) {
        return run_offering("S: -ERR what\n", body);
    }

    /// Of a server that answers so to CAPA once somebody is logged in.
    std::vector<std::string> run_offering(std::string_view capabilities, std::string_view body) {
        return run_on(capabilities, {std::string(body)});
    }

    /// One run that goes on when the line breaks, a body for each of its sessions.
    std::vector<std::string> run_on(std::string_view capabilities,
                                    const std::vector<std::string>& bodies) {
        std::deque<test::Script> scripts;
        const auto open = [&] {
            scripts.emplace_back(
                joined({"S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER jo\nS: +OK\n"
                        "C: PASS secret\nS: +OK\nC: CAPA\n",
                        capabilities, bodies.at(scripts.size())}));
            auto session =
                std::make_unique<pop3::Session>(scripts.back().open(), Security::plaintext);
            session->greet();
            session->login({"jo", Secret("secret")});
            return session;
        };
        Progress progress;
        MaildropTrail trail;
        return perform(RunKind::collect, [&](catalog::Catalog& reading, Ingest& ingest) {
            for (;;) {
                try {
                    return collect(open, account, reading, ingest, progress, {}, trail);
                } catch (const Error&) {
                    if (scripts.size() == bodies.size()) {
                        throw;
                    }
                    ingest.flush();
                }
            }
        });
    }

    std::vector<CollectedMessage> ledger() { return catalog->collected(account.id); }
};

constexpr std::string_view with_top = "S: +OK\nS: TOP\nS: UIDL\nS: .\n";
constexpr std::string_view two_listed =
    "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: .\nC: LIST\nS: +OK\nS: 1 20\nS: 2 20\nS: .\n";
constexpr std::string_view first = "C: RETR 1\nS: +OK\nS: Subject: one\nS: \nS: 1\nS: .\n";
constexpr std::string_view second = "C: RETR 2\nS: +OK\nS: Subject: two\nS: \nS: 2\nS: .\n";

}  // namespace

TEST_F(CollectTest, deletes_only_after_everything_is_archived) {
    EXPECT_TRUE(run(joined({two_listed, first, second,
                            "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
                    .empty());
    EXPECT_EQ(counts.seen, 2U);
    EXPECT_EQ(counts.deleted_from_server, 2U);
    EXPECT_TRUE(ledger().empty());
    EXPECT_EQ(catalog->totals().messages, 2U);
    EXPECT_TRUE(keeper->holds(sha256("Subject: one\r\n\r\n1\r\n"), *catalog));
}

TEST_F(CollectTest, settles_a_lost_answer_to_quit_by_the_next_listing) {
    EXPECT_THROW(run(joined({two_listed, first, second,
                             "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nX\n"})),
                 Error);
    ASSERT_EQ(ledger().size(), 2U);
    // the server had deleted the first one and kept the second
    EXPECT_TRUE(run(joined({"C: UIDL\nS: +OK\nS: 1 b\nS: .\nC: LIST\nS: +OK\nS: 1 20\nS: .\n",
                            "C: RETR 1\nS: +OK\nS: Subject: two\nS: \nS: 2\nS: .\n",
                            "C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
                    .empty());
    EXPECT_EQ(counts.seen, 0U);
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(counts.deleted_from_server, 2U);
    EXPECT_TRUE(ledger().empty());
    EXPECT_EQ(catalog->totals().messages, 2U);
}

TEST_F(CollectTest, notes_as_vanished_what_others_took_from_a_maildrop_we_leave_alone) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_TRUE(run("C: UIDL\nS: +OK\nS: 1 b\nS: .\nC: LIST\nS: +OK\nS: 1 20\nS: .\n"
                    "C: QUIT\nS: +OK\nX\n")
                    .empty());
    EXPECT_EQ(counts.vanished, 1U);
    EXPECT_EQ(counts.deleted_from_server, 0U);
}

TEST_F(CollectTest, stores_another_message_under_a_reused_unique_id) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({"C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 20\nS: .\n",
                            first, "C: QUIT\nS: +OK\nX\n"}))
                    .empty());
    account.delete_policy = {DeletePolicy::Kind::archived, 0};
    EXPECT_TRUE(run(joined({"C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 20\nS: .\n",
                            "C: RETR 1\nS: +OK\nS: Subject: other\nS: \nS: 3\nS: .\n",
                            "C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
                    .empty());
    EXPECT_EQ(catalog->totals().messages, 2U);
    EXPECT_TRUE(keeper->holds(sha256("Subject: other\r\n\r\n3\r\n"), *catalog));
}

TEST_F(CollectTest, fetches_nothing_again_and_deletes_nothing_when_all_may_stay) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    const auto before = archive->last_batch();
    EXPECT_TRUE(run(joined({two_listed, "C: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_EQ(counts, RunCounts{});
    EXPECT_EQ(archive->last_batch(), before);
}

TEST_F(CollectTest, knows_messages_of_a_server_without_uidl_by_their_octets) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    constexpr std::string_view no_uidl =
        "C: UIDL\nS: -ERR what\nC: LIST\nS: +OK\nS: 1 20\nS: 2 20\nS: .\n";
    const auto session = joined({no_uidl, first, second, "C: QUIT\nS: +OK\nX\n"});
    EXPECT_TRUE(run(session).empty());
    EXPECT_EQ(counts.seen, 2U);
    EXPECT_TRUE(run(session).empty());
    EXPECT_EQ(counts.seen, 0U);
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(ledger().size(), 2U);
}

TEST_F(CollectTest, goes_on_after_a_message_the_server_will_not_give) {
    const auto problems = run(joined({two_listed, "C: RETR 1\nS: -ERR locked\n", second,
                                      "C: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("message 1"), std::string::npos);
    EXPECT_EQ(counts.failed, 1U);
    EXPECT_EQ(counts.seen, 1U);
}

constexpr std::string_view b_listed =
    "C: UIDL\nS: +OK\nS: 1 b\nS: .\nC: LIST\nS: +OK\nS: 1 19\nS: .\n";
constexpr std::string_view retrieves_b = "C: RETR 1\nS: +OK\nS: Subject: two\nS: \nS: 2\nS: .\n";
constexpr std::string_view deletes_one = "C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\nX\n";
constexpr std::string_view top_of_one = "C: TOP 1 0\nS: +OK\nS: Subject: one\nS: \nS: .\n";

TEST_F(CollectTest, deletes_what_a_broken_session_retrieved_before_it_goes_on) {
    EXPECT_TRUE(run_on(with_top, {joined({two_listed, first, "C: RETR 2\nX\n"}),
                                  joined({two_listed, top_of_one, deletes_one}),
                                  joined({b_listed, retrieves_b, deletes_one})})
                    .empty());
    EXPECT_EQ(counts.seen, 2U);
    EXPECT_EQ(counts.deleted_from_server, 2U);
    EXPECT_TRUE(ledger().empty());
    EXPECT_EQ(catalog->totals().placements, 2U);
}

TEST_F(CollectTest, retrieves_again_what_a_used_unique_id_stands_for_after_a_break) {
    EXPECT_TRUE(
        run_on(with_top,
               {joined({two_listed, first, "C: RETR 2\nX\n"}),
                joined({two_listed, "C: TOP 1 0\nS: +OK\nS: Subject: 3rd\nS: \nS: .\n",
                        "C: QUIT\nS: +OK\nX\n"}),
                joined({two_listed, "C: RETR 1\nS: +OK\nS: Subject: 3rd\nS: \nS: 1\nS: .\n", second,
                        "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"})})
            .empty());
    EXPECT_TRUE(keeper->holds(sha256("Subject: 3rd\r\n\r\n1\r\n"), *catalog));
    EXPECT_TRUE(keeper->holds(sha256("Subject: one\r\n\r\n1\r\n"), *catalog));
    EXPECT_EQ(counts.seen, 3U);
}

TEST_F(CollectTest, retrieves_again_where_there_is_no_top_to_tell) {
    EXPECT_TRUE(run_on("S: -ERR what\n", {joined({two_listed, first, "C: RETR 2\nX\n"}),
                                          joined({two_listed, first, second, "C: DELE 1\nS: +OK\n",
                                                  "C: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"})})
                    .empty());
    EXPECT_EQ(counts.seen, 2U);
    EXPECT_EQ(counts.deleted_from_server, 2U);
}

TEST_F(CollectTest, leaves_a_receipt_though_the_answer_to_quit_was_lost) {
    EXPECT_TRUE(
        run_on(with_top,
               {joined({two_listed, first, second, "C: DELE 1\nS: +OK\n",
                        "C: DELE 2\nS: +OK\nC: QUIT\nX\n"}),
                joined({b_listed, "C: TOP 1 0\nS: +OK\nS: Subject: two\nS: \nS: .\n", deletes_one}),
                "C: UIDL\nS: +OK\nS: .\nC: LIST\nS: +OK\nS: .\nC: QUIT\nS: +OK\nX\n"})
            .empty());
    EXPECT_EQ(counts.deleted_from_server, 2U);
    const auto known = catalog->message(sha256("Subject: one\r\n\r\n1\r\n"));
    ASSERT_TRUE(known && known->placements.at(0).receipt);
    EXPECT_EQ(known->placements.at(0).receipt->proof, RemovalProof::read_back);
}

TEST_F(CollectTest, asks_for_nothing_again_where_mail_stays_when_the_line_breaks) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run_on(with_top, {joined({two_listed, first, "C: RETR 2\nX\n"}),
                                  joined({two_listed, second, "C: QUIT\nS: +OK\nX\n"})})
                    .empty());
    EXPECT_EQ(counts.seen, 2U);
    EXPECT_EQ(counts.vanished, 0U);
}

TEST_F(CollectTest, deletes_nothing_when_the_line_breaks_before_quit) {
    EXPECT_THROW(run(joined({two_listed, first, second, "C: DELE 1\nX\n"})), Error);
    EXPECT_EQ(ledger().size(), 2U);
    EXPECT_EQ(catalog->totals().messages, 2U);
}

class CollectReplicaTest : public CollectTest {
  protected:
    CollectReplicaTest() { keeper->use_replica({replica, true}); }

    void make_replica() { static_cast<void>(archive::replicate(*archive, replica, {})); }

    std::filesystem::path replica = folder.path() / "replica";
};

TEST_F(CollectReplicaTest, deletes_only_what_is_whole_in_the_replica) {
    make_replica();
    EXPECT_TRUE(run(joined({two_listed, first, second,
                            "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
                    .empty());
    EXPECT_EQ(counts.deleted_from_server, 2U);
    const archive::Archive copy(replica, archive::Access::read_only);
    EXPECT_EQ(copy.get(*catalog->stored(sha256("Subject: one\r\n\r\n1\r\n"))),
              "Subject: one\r\n\r\n1\r\n");
}

TEST_F(CollectReplicaTest, archives_and_deletes_nothing_while_the_replica_is_missing) {
    auto problems = run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("mailkeep replicate --to"), std::string::npos);
    EXPECT_EQ(counts.seen, 2U);
    EXPECT_EQ(counts.deleted_from_server, 0U);
    EXPECT_EQ(ledger().size(), 2U);
    EXPECT_FALSE(std::filesystem::exists(replica));
    make_replica();  // its disk is back: the next run deletes what this one left
    problems = run(joined(
        {two_listed, first, second, "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}));
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(counts.seen, 0U);
    EXPECT_EQ(counts.deleted_from_server, 2U);
}

TEST_F(CollectReplicaTest, leaves_on_the_server_what_is_damaged_in_the_replica) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    archive::Batch more;  // so that renewing does not look there
    static_cast<void>(more.add_message(random_octets(8192)));
    keeper->keep(more);
    make_replica();
    const auto stored = *catalog->stored(sha256("Subject: one\r\n\r\n1\r\n"));
    {
        std::fstream file(replica / stored.location.file,
                          std::ios::binary | std::ios::in | std::ios::out);
        // In the first message, and not in the second one of the same frame.
        file.seekp(static_cast<std::streamoff>(stored.location.frame + 40));
        file.put('X');
    }
    account.delete_policy = {DeletePolicy::Kind::archived, 0};
    const auto problems =
        run(joined({two_listed, first, second, "C: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}));
    EXPECT_EQ(problems.size(), 1U);
    EXPECT_EQ(counts.deleted_from_server, 1U);
}

TEST_F(CollectReplicaTest, does_not_wait_for_it_where_deleting_need_not) {
    keeper->use_replica({replica, false});
    EXPECT_TRUE(run(joined({two_listed, first, second,
                            "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
                    .empty());
    EXPECT_EQ(counts.deleted_from_server, 2U);
}

TEST_F(CollectTest, keeps_on_the_server_what_came_with_less_than_half_of_its_octets) {
    const auto problems =
        run(joined({"C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 90000\nS: .\n", first,
                    "C: QUIT\nS: +OK\nX\n"}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("of the 90000 octets announced"), std::string::npos);
    EXPECT_EQ(counts.deleted_from_server, 0U);
    EXPECT_TRUE(keeper->holds(sha256("Subject: one\r\n\r\n1\r\n"), *catalog));
}

TEST_F(CollectTest, leaves_a_receipt_for_what_it_deleted) {
    EXPECT_TRUE(run(joined({two_listed, first, second,
                            "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
                    .empty());
    const auto known = catalog->message(sha256("Subject: one\r\n\r\n1\r\n"));
    ASSERT_TRUE(known && known->placements.at(0).receipt);
    EXPECT_EQ(known->placements.at(0).receipt->proof, RemovalProof::read_back);
}

constexpr std::string_view two_renamed =
    "C: UIDL\nS: +OK\nS: 1 new-a\nS: 2 new-b\nS: .\nC: LIST\nS: +OK\nS: 1 19\nS: 2 19\nS: .\n";

TEST_F(CollectTest, recognises_messages_by_size_and_head_when_all_unique_ids_are_new) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    const auto before = ledger();
    EXPECT_TRUE(run_offering(with_top, joined({two_renamed,
                                               "C: TOP 1 0\nS: +OK\nS: Subject: two\nS: \nS: .\n",
                                               "C: TOP 2 0\nS: +OK\nS: Subject: one\nS: \nS: .\n",
                                               "C: QUIT\nS: +OK\nX\n"}))
                    .empty());
    EXPECT_EQ(counts, RunCounts{});
    const auto after = ledger();
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(after[0].unique_id, "new-b");
    EXPECT_EQ(after[1].unique_id, "new-a");
    EXPECT_EQ(after[0].content_id, before[0].content_id);
    EXPECT_EQ(after[0].seen_at, before[0].seen_at);
    EXPECT_TRUE(run_offering(with_top, joined({two_renamed, "C: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_EQ(counts, RunCounts{});
}

TEST_F(CollectTest, retrieves_what_it_cannot_recognise_and_knows_it_by_its_octets) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_TRUE(
        run_offering(with_top,
                     joined({two_renamed, "C: TOP 1 0\nS: +OK\nS: Subject: one\nS: X: new\nS: .\n",
                             "C: TOP 2 0\nS: -ERR no\n", first, second, "C: QUIT\nS: +OK\nX\n"}))
            .empty());
    EXPECT_EQ(counts.seen, 0U);
    EXPECT_EQ(counts.vanished, 0U);
    ASSERT_EQ(ledger().size(), 2U);
    EXPECT_EQ(ledger()[0].unique_id, "new-a");
    EXPECT_EQ(catalog->totals().placements, 2U);
}

TEST_F(CollectTest, retrieves_renamed_messages_where_there_is_no_top) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_TRUE(run(joined({two_renamed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_EQ(counts.seen + counts.vanished, 0U);
    EXPECT_EQ(catalog->totals().placements, 2U);
}

TEST_F(CollectTest, deletes_no_renamed_message_whose_octets_it_has_not_compared) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    account.delete_policy = {DeletePolicy::Kind::archived, 0};
    EXPECT_TRUE(
        run_offering(with_top,
                     joined({two_renamed, "C: TOP 1 0\nS: +OK\nS: Subject: one\nS: \nS: .\n",
                             "C: TOP 2 0\nS: +OK\nS: Subject: two\nS: \nS: .\n", first,
                             "C: RETR 2\nS: +OK\nS: Subject: two\nS: \nS: 3\nS: .\n",
                             "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
            .empty());
    EXPECT_TRUE(keeper->holds(sha256("Subject: two\r\n\r\n3\r\n"), *catalog));
    EXPECT_EQ(catalog->totals().messages, 3U);
}

TEST_F(CollectTest, takes_no_empty_listing_of_many_messages_for_their_end) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    constexpr int many = 60;
    std::string uidl = "C: UIDL\nS: +OK\n";
    std::string list = "S: .\nC: LIST\nS: +OK\n";
    std::string texts = "S: .\n";
    for (int n = 1; n <= many; ++n) {
        const auto number = std::to_string(n);
        uidl += "S: " + number + " id" + number + "\n";
        list += "S: " + number + " 20\n";
        texts += "C: RETR " + number + "\nS: +OK\nS: Subject: " + number + "\nS: \nS: .\n";
    }
    EXPECT_TRUE(run(joined({uidl, list, texts, "C: QUIT\nS: +OK\nX\n"})).empty());
    constexpr std::string_view nothing =
        "C: UIDL\nS: +OK\nS: .\nC: LIST\nS: +OK\nS: .\nC: QUIT\nS: +OK\nX\n";
    EXPECT_EQ(run(nothing).size(), 1U);
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(ledger().size(), 60U);
    ASSERT_EQ(catalog->losses(account.id).size(), 1U);
    // the mail is there again: nothing waits any more
    EXPECT_TRUE(run(joined({uidl, list, "S: .\nC: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_TRUE(catalog->losses(account.id).empty());
    EXPECT_EQ(run(nothing).size(), 1U);
    EXPECT_EQ(catalog->accept_losses(account.id, clock.now()), 1U);
    EXPECT_TRUE(run(nothing).empty());
    EXPECT_EQ(counts.vanished, 60U);
}

TEST_F(CollectTest, deletes_what_ended_in_silence_once_it_came_the_same_again) {
    constexpr std::string_view one_listed =
        "C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 10\nS: .\n";
    constexpr std::string_view glued = "C: RETR 1\nS: +OK\nS: Subject: one\nS: \nS: the end.\n";
    EXPECT_EQ(run(joined({one_listed, glued, "C: QUIT\nS: +OK\nX\n"})).size(), 1U);
    EXPECT_EQ(counts.deleted_from_server, 0U);
    EXPECT_TRUE(keeper->holds(sha256("Subject: one\r\n\r\nthe end"), *catalog));
    EXPECT_TRUE(
        run(joined({one_listed, glued, "C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\nX\n"})).empty());
    EXPECT_EQ(counts.deleted_from_server, 1U);
}

TEST_F(CollectTest, keeps_and_deletes_what_it_has_when_the_server_wants_a_pause) {
    const auto problems =
        run(joined({two_listed, first, "C: RETR 2\nS: -ERR [SYS/TEMP] too much at once\n",
                    "C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\nX\n"}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("too much at once"), std::string::npos);
    EXPECT_EQ(counts.failed, 0U);
    EXPECT_EQ(counts.deleted_from_server, 1U);
    EXPECT_TRUE(run(joined({"C: UIDL\nS: +OK\nS: 1 b\nS: .\nC: LIST\nS: +OK\nS: 1 20\nS: .\n",
                            "C: RETR 1\nS: +OK\nS: Subject: two\nS: \nS: 2\nS: .\n",
                            "C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\nX\n"}))
                    .empty());
    EXPECT_EQ(catalog->totals().messages, 2U);
}

TEST_F(CollectTest,
       asks_for_nothing_more_and_takes_nothing_for_gone_while_the_server_wants_a_pause) {
    account.delete_policy = {DeletePolicy::Kind::never, 0};
    EXPECT_TRUE(run(joined({two_listed, first, second, "C: QUIT\nS: +OK\nX\n"})).empty());
    const auto problems = run(joined(
        {two_renamed, "C: RETR 1\nS: -ERR [LOGIN-DELAY] come later\n", "C: QUIT\nS: +OK\nX\n"}));
    EXPECT_EQ(problems.size(), 1U);
    EXPECT_EQ(counts.vanished, 0U);
    EXPECT_EQ(ledger().size(), 2U);
}
