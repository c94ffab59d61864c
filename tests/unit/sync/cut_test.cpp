// SPDX-License-Identifier: Apache-2.0
// The line to a server fails at every octet of a session, in both directions, by a cut and by
// silence: what the server held then is archived or still there, nothing is taken for gone, and the
// next run completes it. Faults 21, 22 and 31 of the list in tests/README.md.
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/collect.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/mirror.hpp"
#include "mailkeep/sync/restore.hpp"

#include "support/model_server.hpp"
#include "sync_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace mailkeep;
using namespace mailkeep::sync;
using test::LineCount;
using test::LineFault;

namespace {

/// Where the line fails: one direction, one octet, one way.
std::vector<LineFault> faults_over(const LineCount& whole, LineFault::Kind kind) {
    std::vector<LineFault> faults;
    for (std::size_t octet = 0; octet < whole.server_octets; ++octet) {
        faults.push_back({.kind = kind, .server_octets = octet});
    }
    for (std::size_t octet = 0; octet < whole.client_octets; ++octet) {
        faults.push_back({.kind = kind, .client_octets = octet});
    }
    return faults;
}

/// Takes a quarter of an hour at an octet a second.
std::string long_mail(std::uint32_t number) {
    return "Subject: " + std::to_string(number) + "\r\n\r\n" + std::string(900, 'x') + "\r\n";
}

/// More than is held in memory.
std::string large_mail(char filling) {
    std::string text = "Subject: large\r\n\r\n";
    while (text.size() < std::size_t{9} << 20U) {
        text.append(70, filling).append("\r\n");
    }
    return text;
}

std::string mail(std::uint32_t number) {
    return "Subject: " + std::to_string(number) + "\r\n\r\n" + std::to_string(number) + "\r\n";
}

/// What a run came to, when the line held and when it did not.
class CutTest : public SyncFixture {
  protected:
    explicit CutTest(Protocol protocol) : SyncFixture(protocol) { set_log_level(LogLevel::error); }

    ~CutTest() override { set_log_level(LogLevel::warning); }

    /// One run as the service does it: an error ends it, and what was gathered until then is kept.
    template <class RunIt>
    bool survives(RunKind kind, RunIt&& run_it) {
        bool is_whole = true;
        static_cast<void>(perform(kind, [&](catalog::Catalog& reading, Ingest& ingest) {
            try {
                EXPECT_EQ(run_it(reading, ingest), std::vector<std::string>());
            } catch (const Error& error) {
                EXPECT_TRUE(error.code() == Errc::network || error.code() == Errc::timeout ||
                            error.code() == Errc::protocol)
                    << error.what();
                is_whole = false;
            }
            return std::vector<std::string>();
        }));
        return is_whole;
    }

    bool holds(const test::ModelMessage& message) {
        return keeper->holds(sha256(message.raw), *catalog);
    }
};

class CutMirrorTest : public CutTest {
  protected:
    CutMirrorTest() : CutTest(Protocol::imap) {
        server.messages = {{1, mail(1), "\\Seen", false}, {2, mail(2), "", false}};
    }

    bool run(LineFault fault = {}) {
        return survives(RunKind::mirror, [&](catalog::Catalog& reading, Ingest& ingest) {
            imap::ReadSession session(connect_to(server, fault, count), Security::plaintext);
            session.greet();
            session.login({"joe", Secret("secret")});
            Progress progress;
            auto problems = mirror(session, account, reading, ingest, progress, {});
            session.logout();
            return problems;
        });
    }

    /// The last message is another one.
    void renew() {
        const auto uid = server.messages.back().uid + 1;
        server.messages.back() = {uid, mail(uid), "", false};
    }

    void check_every_octet(LineFault::Kind kind) {
        ASSERT_TRUE(run());
        renew();
        ASSERT_TRUE(run());
        for (const LineFault& fault : faults_over(count, kind)) {
            renew();
            run(fault);
            const auto standing = catalog->mirror_state(account.id, "INBOX").messages;
            ASSERT_TRUE(std::any_of(standing.begin(), standing.end(),
                                    [](const UidFlags& message) { return message.uid == 1; }))
                << "taken for gone after " << fault.server_octets << ", " << fault.client_octets;
            ASSERT_TRUE(run());
            ASSERT_TRUE(std::all_of(server.messages.begin(), server.messages.end(),
                                    [&](const auto& message) { return holds(message); }));
            ASSERT_EQ(catalog->mirror_state(account.id, "INBOX").messages.size(), 2U);
        }
        ASSERT_TRUE(run());
        EXPECT_EQ(counts, RunCounts{});
    }

    test::ModelImap server;
    LineCount count;
};

/// What was mirrored goes back to an empty server, whose line fails.
class CutRestoreTest : public CutMirrorTest {
  protected:
    bool give_back(LineFault fault = {}) {
        return survives(RunKind::restore, [&](catalog::Catalog& reading, Ingest& ingest) {
            bool has_failed = false;  // what a run does by itself is not looked at here
            const RestoreServer server{"imap://joe@target", [&] {
                                           if (std::exchange(has_failed, true)) {
                                               throw Error(Errc::network, "no other line");
                                           }
                                           imap::ReadSession session(
                                               connect_to(target, fault, count),
                                               Security::plaintext);
                                           session.greet();
                                           session.login({"joe", Secret("secret")});
                                           return imap::WriteSession(std::move(session));
                                       }};
            const RestoreRequest request;
            const std::stop_token stop;
            Progress progress;
            RestoreReport report;
            return Restore(server, request, reading, ingest, progress, stop, report).pass(1);
        });
    }

    void empty_target() {
        target.messages.clear();
        ++target.uid_validity;
    }

    [[nodiscard]] std::vector<std::string> restored() const {
        std::vector<std::string> raws;
        for (const auto& message : target.messages) {
            raws.push_back(message.raw);
        }
        std::sort(raws.begin(), raws.end());
        return raws;
    }

    void check_every_octet_back(LineFault::Kind kind) {
        const std::vector<std::string> wanted{mail(1), mail(2)};
        ASSERT_TRUE(run());
        ASSERT_TRUE(give_back());
        ASSERT_EQ(restored(), wanted);
        for (const LineFault& fault : faults_over(count, kind)) {
            empty_target();
            give_back(fault);
            ASSERT_TRUE(give_back());
            ASSERT_EQ(restored(), wanted)
                << "after " << fault.server_octets << ", " << fault.client_octets;
        }
    }

    test::ModelImap target;
};

class CutCollectTest : public CutTest {
  protected:
    CutCollectTest() : CutTest(Protocol::pop3) {
        account.delete_policy = {DeletePolicy::Kind::archived, 0};
    }

    std::unique_ptr<pop3::Session> open(LineFault fault) {
        auto session =
            std::make_unique<pop3::Session>(connect_to(server, fault, count), Security::plaintext);
        session->greet();
        session->login({"joe", Secret("secret")});
        return session;
    }

    bool run(LineFault fault = {}) {
        return survives(RunKind::collect, [&](catalog::Catalog& reading, Ingest& ingest) {
            Progress progress;
            MaildropTrail trail;
            return collect([&] { return open(fault); }, account, reading, ingest, progress, {},
                           trail);
        });
    }

    /// One run as the service does it: so many of its sessions break at the same octet, and the
    /// next goes on. What was archived by then must not come again.
    bool run_on(LineFault fault, int breaks) {
        const auto sent = server.messages;
        return survives(RunKind::collect, [&](catalog::Catalog& reading, Ingest& ingest) {
            Progress progress;
            MaildropTrail trail;
            std::set<std::uint32_t> archived;
            const auto open_next = [&] { return open(breaks-- > 0 ? fault : LineFault{}); };
            for (;;) {
                server.retrieved.clear();
                const bool is_last = breaks <= 0;
                try {
                    auto problems =
                        collect(open_next, account, reading, ingest, progress, {}, trail);
                    expect_not_again(archived);
                    return problems;
                } catch (const Error&) {
                    EXPECT_FALSE(is_last);
                }
                ingest.flush();
                expect_not_again(archived);
                for (const auto& message : sent) {
                    if (holds(message)) {
                        archived.insert(message.uid);
                    }
                }
            }
        });
    }

    void expect_not_again(const std::set<std::uint32_t>& archived) {
        for (const auto uid : server.retrieved) {
            EXPECT_FALSE(server.can_top && archived.contains(uid)) << uid;
        }
    }

    void check_receipt(const test::ModelMessage& message) {
        const auto known = catalog->message(sha256(message.raw));
        ASSERT_TRUE(known);
        ASSERT_EQ(known->placements.size(), 1U);
        ASSERT_TRUE(known->placements[0].receipt);
        EXPECT_EQ(known->placements[0].receipt->proof, RemovalProof::read_back);
    }

    void check_one_run(bool can_top, int breaks) {
        server.can_top = can_top;
        deliver_two();
        ASSERT_TRUE(run());
        for (const LineFault& fault : faults_over(count, LineFault::Kind::cut)) {
            SCOPED_TRACE(std::to_string(fault.server_octets) + ", " +
                         std::to_string(fault.client_octets));
            deliver_two();
            const auto sent = server.messages;
            ASSERT_TRUE(run_on(fault, breaks));
            ASSERT_TRUE(server.messages.empty());
            ASSERT_EQ(counts.seen, 2U);
            ASSERT_EQ(counts.deleted_from_server, 2U);
            for (const auto& message : sent) {
                check_receipt(message);
            }
            ASSERT_FALSE(HasFailure());
        }
        EXPECT_TRUE(catalog->collected(account.id).empty());
        EXPECT_EQ(catalog->totals().messages, last_uid);
    }

    void deliver_two() {
        for (int i = 0; i < 2; ++i) {
            ++last_uid;
            server.messages.push_back({last_uid, mail(last_uid), "", false});
        }
    }

    void check_every_octet(LineFault::Kind kind) {
        deliver_two();
        ASSERT_TRUE(run());
        ASSERT_TRUE(server.messages.empty());
        for (const LineFault& fault : faults_over(count, kind)) {
            deliver_two();
            const auto sent = server.messages;
            run(fault);
            for (const auto& message : sent) {
                const bool is_there =
                    std::any_of(server.messages.begin(), server.messages.end(),
                                [&](const auto& left) { return left.uid == message.uid; });
                ASSERT_TRUE(is_there || holds(message))
                    << "lost after " << fault.server_octets << ", " << fault.client_octets;
            }
            ASSERT_TRUE(run());
            ASSERT_TRUE(server.messages.empty());
            ASSERT_TRUE(std::all_of(sent.begin(), sent.end(),
                                    [&](const auto& message) { return holds(message); }));
        }
        EXPECT_TRUE(catalog->collected(account.id).empty());
        EXPECT_EQ(catalog->totals().messages, last_uid);
    }

    test::ModelPop3 server;
    LineCount count;
    std::uint32_t last_uid = 0;
};

}  // namespace

TEST_F(CutMirrorTest, loses_nothing_wherever_the_line_is_cut) {
    check_every_octet(LineFault::Kind::cut);
}

TEST_F(CutMirrorTest, loses_nothing_wherever_the_server_falls_silent) {
    check_every_octet(LineFault::Kind::silence);
}

TEST_F(CutRestoreTest, puts_each_message_once_wherever_the_line_is_cut) {
    check_every_octet_back(LineFault::Kind::cut);
}

TEST_F(CutRestoreTest, puts_each_message_once_wherever_the_server_falls_silent) {
    check_every_octet_back(LineFault::Kind::silence);
}

TEST_F(CutCollectTest, loses_nothing_wherever_the_line_is_cut) {
    check_every_octet(LineFault::Kind::cut);
}

TEST_F(CutCollectTest, loses_nothing_wherever_the_server_falls_silent) {
    check_every_octet(LineFault::Kind::silence);
}

TEST_F(CutCollectTest, goes_on_in_the_same_run_wherever_the_line_is_cut) {
    check_one_run(true, 1);
}

TEST_F(CutCollectTest, goes_on_in_the_same_run_where_the_line_is_cut_again_and_again) {
    check_one_run(true, 3);
}

TEST_F(CutCollectTest, goes_on_in_the_same_run_with_a_server_without_top) {
    check_one_run(false, 2);
}

// Fault 22: the second of three messages takes a quarter of an hour. Nobody waits that long; what
// came before is kept, and the next run goes on.

constexpr std::size_t within_the_long_one = 700;  // octets before the end of the session

template <class Server>
void deliver(Server& server, std::uint32_t uid) {
    server.messages = {{uid, mail(uid), "", false},
                       {uid + 1, long_mail(uid + 1), "", false},
                       {uid + 2, mail(uid + 2), "", false}};
}

TEST_F(CutMirrorTest, goes_on_with_a_large_message_where_the_line_was_cut) {
    const auto incoming = data / "incoming";
    server.messages = {{1, mail(1), "", false}, {2, large_mail('x'), "", false}};
    const auto size = server.messages[1].raw.size();
    EXPECT_FALSE(run({.kind = LineFault::Kind::cut, .server_octets = 3U << 20U}));
    EXPECT_TRUE(holds(server.messages[0]));
    EXPECT_FALSE(run({.kind = LineFault::Kind::silence, .server_octets = 3U << 20U}));
    EXPECT_FALSE(holds(server.messages[1]));
    EXPECT_FALSE(std::filesystem::is_empty(incoming));
    ASSERT_TRUE(run());
    EXPECT_LT(count.server_octets, size - (std::size_t{3} << 20U));
    EXPECT_TRUE(holds(server.messages[1]));
    EXPECT_TRUE(std::filesystem::is_empty(incoming));
    EXPECT_TRUE(archive->get(*catalog->stored(sha256(server.messages[1].raw))) ==
                server.messages[1].raw);
}

TEST_F(CutMirrorTest, takes_no_part_of_another_large_message) {
    server.messages = {{2, large_mail('x'), "", false}};
    EXPECT_FALSE(run({.kind = LineFault::Kind::cut, .server_octets = 5U << 20U}));
    server.messages = {{2, large_mail('y'), "", false}};
    ASSERT_TRUE(run());
    EXPECT_TRUE(holds(server.messages[0]));
    server.messages = {{3, large_mail('z'), "", false}};
    EXPECT_FALSE(run({.kind = LineFault::Kind::cut, .server_octets = 5U << 20U}));
    server.uid_validity = 8;
    ASSERT_TRUE(run());
    EXPECT_TRUE(holds(server.messages[0]));
    EXPECT_GT(count.server_octets, server.messages[0].raw.size());
}

TEST_F(CutMirrorTest, has_the_same_catalog_of_a_large_message_when_it_is_made_anew) {
    server.messages = {{2, large_mail('x'), "", false}};
    ASSERT_TRUE(run());
    index_all(*archive, *catalog);
    test::TempDir elsewhere;
    catalog::Catalog anew(elsewhere.path(), catalog::Access::read_write);
    apply_missing(*archive, anew);
    index_all(*archive, anew);
    const auto id = sha256(server.messages[0].raw);
    EXPECT_EQ(anew.message(id)->summary.subject, "large");
    EXPECT_EQ(catalog->message(id)->summary.subject, "large");
    EXPECT_EQ(anew.count_unindexed(), 0U);
}

TEST_F(CutMirrorTest, gives_up_a_server_that_sends_an_octet_a_second_and_keeps_what_came) {
    deliver(server, 1);
    ASSERT_TRUE(run());
    deliver(server, 4);
    ASSERT_TRUE(run());
    deliver(server, 7);
    EXPECT_FALSE(run({.kind = LineFault::Kind::trickle,
                      .server_octets = count.server_octets - within_the_long_one}));
    EXPECT_TRUE(holds(server.messages[0]) || holds(server.messages[2]));
    EXPECT_FALSE(holds(server.messages[1]));
    ASSERT_TRUE(run());
    EXPECT_TRUE(holds(server.messages[0]) && holds(server.messages[1]) &&
                holds(server.messages[2]));
    EXPECT_EQ(counts.stored, counts.seen);
}

TEST_F(CutCollectTest, gives_up_a_server_that_sends_an_octet_a_second_and_keeps_what_came) {
    deliver(server, 1);
    ASSERT_TRUE(run());
    const auto whole = count.server_octets;
    deliver(server, 4);
    const auto sent = server.messages;
    EXPECT_FALSE(
        run({.kind = LineFault::Kind::trickle, .server_octets = whole - within_the_long_one}));
    EXPECT_TRUE(holds(sent[0]));
    EXPECT_FALSE(holds(sent[1]));
    EXPECT_EQ(server.messages.size(), 3U);
    ASSERT_TRUE(run());
    EXPECT_TRUE(server.messages.empty());
    EXPECT_TRUE(holds(sent[1]) && holds(sent[2]));
}
