// SPDX-License-Identifier: Apache-2.0
// Mailboxes that are looked into ahead: what is found is the same, whatever becomes of the scouts.
#include "mailkeep/base/error.hpp"

#include "scouts.hpp"
#include "support/failure_of.hpp"
#include "support/model_server.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mailkeep::sync {

namespace {

constexpr Uid message_count = 30;
constexpr std::size_t most = 2;

std::string mail_of(Uid uid) {
    return "Subject: " + std::to_string(uid) + "\r\n\r\n" + std::string(200, 'x') + "\r\n";
}

/// Every mailbox of this server has the same mail.
class ScoutsTest : public testing::Test {
  protected:
    imap::ReadSession log_in(test::LineFault fault = {}) {
        auto& model = models.emplace_back(std::make_unique<test::ModelImap>());
        for (Uid uid = 1; uid <= message_count; ++uid) {
            model->messages.push_back({uid, mail_of(uid), "", false});
        }
        auto& count = counts.emplace_back(std::make_unique<test::LineCount>());
        imap::ReadSession session(connect_to(*model, fault, *count), Security::plaintext);
        session.greet();
        session.login({"joe", Secret("secret")});
        return session;
    }

    static void expect_whole(const Found& found) {
        ASSERT_EQ(found.seen.view.messages.size(), message_count);
        for (const auto& [message, content_id] : found.early) {
            EXPECT_EQ(message.raw, mail_of(message.uid));
            EXPECT_EQ(content_id, sha256(message.raw));
        }
    }

    /// Looks into these mailboxes in order; how many of them brought all their mail along.
    std::size_t look_into(const std::vector<std::string>& mailboxes, imap::ReadSession& first,
                          const FurtherSession& further) {
        Scouts scouts(first, further, large_mail, most);
        std::size_t next = 0;
        std::size_t brought = 0;
        const auto errand_of = [](const std::string& mailbox) {
            return Errand{
                .mailbox = mailbox, .pass = Pass::full, .before = {}, .brings_mail = true};
        };
        for (std::size_t i = 0; i < mailboxes.size(); ++i) {
            for (next = std::max(next, i); next < mailboxes.size() && scouts.can_send(); ++next) {
                scouts.send(errand_of(mailboxes[next]));
            }
            const auto found = scouts.look(errand_of(mailboxes[i]));
            expect_whole(found);
            brought += found.early.size() == message_count ? 1U : 0U;
            // The mailbox is open: the run may ask for more of it.
            EXPECT_EQ(found.session->fetch_flags().size(), message_count);
        }
        return brought;
    }

    test::TempDir folder;
    LargeMail large_mail{folder.path(), std::string(32, 'k')};
    std::mutex mutex;
    std::vector<std::unique_ptr<test::ModelImap>> models;
    std::vector<std::unique_ptr<test::LineCount>> counts;
    const std::vector<std::string> mailboxes{"a", "b", "c", "d", "e", "f", "g"};
};

}  // namespace

TEST_F(ScoutsTest, bring_the_mail_of_every_mailbox_over_all_sessions) {
    auto first = log_in();
    EXPECT_EQ(look_into(mailboxes, first,
                        [&] {
                            const std::lock_guard lock(mutex);
                            return log_in();
                        }),
              mailboxes.size());
    EXPECT_EQ(counts.size(), most + 1);
}

TEST_F(ScoutsTest, are_not_missed_where_there_are_none) {
    auto first = log_in();
    EXPECT_EQ(look_into(mailboxes, first, {}), 0U);
}

TEST_F(ScoutsTest, are_not_missed_where_they_are_refused) {
    auto first = log_in();
    look_into(mailboxes, first, []() -> imap::ReadSession {
        throw Error(Errc::authentication, "too many connections");
    });
}

TEST_F(ScoutsTest, are_not_missed_when_they_break) {
    for (const std::size_t octets : {150U, 500U, 2'000U, 10'000U, 20'000U}) {
        auto first = log_in();
        look_into(mailboxes, first, [&] {
            const std::lock_guard lock(mutex);
            return log_in({test::LineFault::Kind::cut, octets});
        });
    }
}

TEST_F(ScoutsTest, end_with_the_error_of_the_first_session) {
    auto first = log_in({test::LineFault::Kind::cut, 10'000});
    const auto failure = test::failure_of([&] {
        look_into(mailboxes, first, [&] {
            const std::lock_guard lock(mutex);
            return log_in();
        });
    });
    EXPECT_EQ(failure.code(), Errc::network);
}

}  // namespace mailkeep::sync
