// SPDX-License-Identifier: Apache-2.0
// Messages that appear and are known already, with a real archive and a real catalog: what is
// fetched of them, and that none is lost to a likeness.
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/mirror.hpp"

#include "support/model_server.hpp"
#include "sync_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace mailkeep;
using namespace mailkeep::sync;

namespace {

/// Remembers what was said to a server.
class Heard final : public test::ModelServer {
  public:
    explicit Heard(test::ModelServer& server) : server_(server) {}

    std::vector<std::string> lines;

    std::string greeting() override { return server_.greeting(); }

    std::string answer(std::string_view said) override {
        lines.emplace_back(said);
        return server_.answer(said);
    }

    [[nodiscard]] std::size_t awaited() const override { return server_.awaited(); }

    void hang_up() override { server_.hang_up(); }

  private:
    test::ModelServer& server_;
};

std::string padded(std::uint32_t value) {
    return std::to_string(1000 + value);
}

/// Header and text, each of one length whatever they say.
std::string mail(std::uint32_t header, std::uint32_t text) {
    return "Message-ID: <" + padded(header) + "@x>\r\nSubject: x\r\n\r\n" + padded(text) +
           std::string(500, 'x') + "\r\n";
}

class IdentityTest : public SyncFixture {
  protected:
    IdentityTest() : SyncFixture(Protocol::imap) { set_log_level(LogLevel::error); }

    ~IdentityTest() override { set_log_level(LogLevel::warning); }

    void fill(std::uint32_t count) {
        for (std::uint32_t i = 1; i <= count; ++i) {
            server.messages.push_back({i, mail(i, i), "", false});
        }
        ASSERT_TRUE(run().empty());
    }

    /// The same mail under another UIDVALIDITY and other UIDs.
    void number_anew() {
        ++server.uid_validity;
        for (auto& message : server.messages) {
            message.uid += 5;
        }
    }

    std::vector<std::string> run() {
        Heard heard(server);
        auto problems = perform(RunKind::mirror, [&](catalog::Catalog& reading, Ingest& ingest) {
            test::LineCount count;
            imap::ReadSession session(connect_to(heard, {}, count), Security::plaintext);
            session.greet();
            session.login({"joe", Secret("secret")});
            Progress progress;
            auto found = mirror(session, account, reading, ingest, progress, {});
            session.logout();
            return found;
        });
        said = std::move(heard.lines);
        return problems;
    }

    std::size_t asked(std::string_view what) {
        return static_cast<std::size_t>(
            std::count_if(said.begin(), said.end(),
                          [&](const std::string& line) { return line.find(what) != line.npos; }));
    }

    /// By UID, what the catalog says stands there is what the server has.
    void expect_mirrored() {
        const auto standing = catalog->collected(account.id);
        ASSERT_EQ(standing.size(), server.messages.size());
        for (std::size_t i = 0; i < standing.size(); ++i) {
            EXPECT_EQ(standing[i].uid, server.messages[i].uid);
            EXPECT_EQ(standing[i].content_id, sha256(server.messages[i].raw));
            EXPECT_TRUE(keeper->holds(standing[i].content_id, *catalog));
        }
    }

    test::ModelImap server;
    std::vector<std::string> said;
};

constexpr std::string_view with_text = "BODY.PEEK[]";

}  // namespace

TEST_F(IdentityTest, asks_for_headers_and_three_messages_under_another_uidvalidity) {
    fill(120);
    number_anew();
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(asked(with_text), 1U) << "the spot check";
    EXPECT_EQ(asked("UID FETCH 26,66,106 (FLAGS INTERNALDATE BODY.PEEK[])"), 1U);
    EXPECT_EQ(counts.stored, 0U);
    EXPECT_EQ(counts.seen, 120U);
    EXPECT_EQ(counts.vanished, 120U);
    expect_mirrored();
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(counts, RunCounts{});
}

TEST_F(IdentityTest, fetches_everything_when_one_of_three_has_another_text) {
    fill(120);
    number_anew();
    server.messages[60].raw = mail(61, 700);  // UID 66
    server.messages[61].raw = mail(62, 701);
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(counts.stored, 2U);
    expect_mirrored();
}

TEST_F(IdentityTest, fetches_a_draft_that_was_changed_in_place) {
    fill(10);
    number_anew();
    for (auto& message : server.messages) {
        message.flags = "\\Draft";
    }
    server.messages[3].raw = mail(4, 700);
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(asked("HEADER"), 0U);
    EXPECT_EQ(counts.stored, 1U);
    expect_mirrored();
}

TEST_F(IdentityTest, fetches_what_has_no_message_id) {
    for (std::uint32_t i = 1; i <= 10; ++i) {
        server.messages.push_back({i, "Subject: x\r\n\r\n" + padded(i), "", false});
    }
    ASSERT_TRUE(run().empty());
    number_anew();
    server.messages[3].raw = "Subject: x\r\n\r\n" + padded(700);
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(counts.stored, 1U);
    expect_mirrored();
}

TEST_F(IdentityTest, asks_nothing_of_new_mail_that_is_like_nothing_known) {
    fill(10);
    for (std::uint32_t i = 11; i <= 20; ++i) {
        server.messages.push_back({i, mail(i, i) + std::string(i, 'y'), "", false});
    }
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(asked("RFC822.SIZE INTERNALDATE"), 0U);
    EXPECT_EQ(counts.stored, 10U);
}

TEST_F(IdentityTest, fetches_again_what_the_archive_has_lost) {
    fill(10);
    const auto lost = sha256(server.messages[4].raw);
    catalog->note_damage({lost, "broken", clock.now()});
    number_anew();
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(counts.stored, 1U);
    EXPECT_FALSE(catalog->damage_of(lost));
    expect_mirrored();
}

TEST_F(IdentityTest, takes_no_message_of_another_account_for_known) {
    fill(10);
    auto other = account;
    other.id = AccountId{2};
    other.name = "other";
    archive::Batch batch;
    batch.add_event({clock.now(), {}, AccountSaved{other}});
    batch.add_event({clock.now(), {}, MailboxSeen{other.id, "Old", "Old", '/', {}, 3}});
    keeper->keep(batch);
    account = other;
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(asked("HEADER"), 0U);
    expect_mirrored();
}

TEST_F(IdentityTest, goes_on_where_a_run_under_another_uidvalidity_was_cut_short) {
    fill(120);
    number_anew();
    test::LineCount count;
    EXPECT_THROW(static_cast<void>(
                     perform(RunKind::mirror,
                             [&](catalog::Catalog& reading, Ingest& ingest) {
                                 imap::ReadSession session(
                                     connect_to(server, {.server_octets = 20'000}, count),
                                     Security::plaintext);
                                 session.greet();
                                 session.login({"joe", Secret("secret")});
                                 Progress progress;
                                 return mirror(session, account, reading, ingest, progress, {});
                             })),
                 Error);
    EXPECT_EQ(catalog->mailbox(account.id, "INBOX")->uid_validity, 7U);
    EXPECT_EQ(catalog->mirror_state(account.id, "INBOX").messages.size(), 120U);
    EXPECT_TRUE(run().empty());
    expect_mirrored();
}

TEST_F(IdentityTest, counts_only_what_is_nowhere_as_lost_under_another_uidvalidity) {
    fill(120);
    number_anew();
    server.messages.resize(40);
    const auto problems = run();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("80 of 120"), std::string::npos) << problems[0];
    EXPECT_EQ(catalog->mirror_state(account.id, "INBOX").messages.size(), 120U);
    EXPECT_EQ(run().size(), 1U);
    EXPECT_EQ(asked(with_text), 0U);
    catalog->accept_losses(account.id, clock.now());
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(counts.vanished, 120U);
    expect_mirrored();
}
