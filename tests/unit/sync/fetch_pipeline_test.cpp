// SPDX-License-Identifier: Apache-2.0
// Much mail over one connection and over two: every message once, whatever becomes of the second.
#include "mailkeep/base/error.hpp"

#include "fetch_pipeline.hpp"
#include "support/failure_of.hpp"
#include "support/model_server.hpp"
#include "support/scripted_stream.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>

namespace mailkeep::sync {

namespace {

constexpr Uid message_count = 400;
constexpr FetchLimits small{.messages = 1, .octets = 1, .queue_octets = 4000};

std::string mail_of(Uid uid) {
    return "Subject: " + std::to_string(uid) + "\r\n\r\n" + std::string(1000, 'x') + "\r\n";
}

class FetchPipelineTest : public testing::Test {
  protected:
    FetchPipelineTest() {
        for (auto* server : {&first, &second}) {
            for (Uid uid = 1; uid <= message_count; ++uid) {
                server->messages.push_back({uid, mail_of(uid), "", false});
            }
        }
        for (Uid uid = 1; uid <= message_count; ++uid) {
            // Said to be large, so that commands are many.
            wanted.push_back({uid, {}, 100'000});
        }
    }

    static imap::ReadSession log_in(test::ModelServer& server, test::LineFault fault,
                                    test::LineCount& count) {
        imap::ReadSession session(connect_to(server, fault, count), Security::plaintext);
        session.greet();
        session.login({"joe", Secret("secret")});
        return session;
    }

    std::vector<imap::Unfetched> fetch(const FurtherSession& further,
                                       const FetchPipeline::Sink& sink) {
        auto session = log_in(first, {}, first_count);
        static_cast<void>(session.examine("INBOX"));
        return FetchPipeline(session, further, large_mail, small)
            .fetch(AccountId{1}, "INBOX", 7, wanted, sink);
    }

    /// Each message came once, whole.
    void expect_all_come(const FurtherSession& further) {
        std::map<Uid, int> came;
        const auto unfetched = fetch(further, [&](DigestedMessage&& arrival) {
            ++came[arrival.message.uid];
            EXPECT_EQ(arrival.message.raw, mail_of(arrival.message.uid));
            EXPECT_EQ(arrival.content_id, sha256(arrival.message.raw));
        });
        EXPECT_TRUE(unfetched.empty());
        EXPECT_EQ(came.size(), message_count);
        for (const auto& [uid, times] : came) {
            EXPECT_EQ(times, 1) << uid;
        }
    }

    test::TempDir folder;
    LargeMail large_mail{folder.path(), std::string(32, 'k')};
    test::ModelImap first;
    test::ModelImap second;
    test::LineCount first_count;
    test::LineCount second_count;
    std::vector<UidFlags> wanted;
};

}  // namespace

TEST_F(FetchPipelineTest, brings_all_over_one_connection) {
    expect_all_come({});
}

TEST_F(FetchPipelineTest, brings_all_over_two_connections) {
    expect_all_come([&] { return log_in(second, {}, second_count); });
}

TEST_F(FetchPipelineTest, goes_on_with_one_where_a_second_is_refused) {
    int asked = 0;
    expect_all_come([&]() -> imap::ReadSession {
        ++asked;
        throw Error(Errc::authentication, "too many connections");
    });
    EXPECT_EQ(asked, 1);
}

TEST_F(FetchPipelineTest, goes_on_with_one_when_the_second_breaks) {
    for (const std::size_t octets : {200U, 2'000U, 20'000U, 200'000U}) {
        expect_all_come([&] {
            return log_in(second, {test::LineFault::Kind::cut, octets}, second_count);
        });
    }
}

TEST_F(FetchPipelineTest, takes_nothing_from_a_mailbox_that_is_another_one_there) {
    second.uid_validity = 8;
    for (auto& message : second.messages) {
        message.raw = "other";
    }
    expect_all_come([&] { return log_in(second, {}, second_count); });
}

TEST_F(FetchPipelineTest, ends_with_the_error_of_who_takes_the_mail) {
    int taken = 0;
    const auto failure = test::failure_of([&] {
        static_cast<void>(fetch([&] { return log_in(second, {}, second_count); },
                                [&](DigestedMessage&&) {
                                    if (++taken == 20) {
                                        throw Error(Errc::storage, "the disk is full");
                                    }
                                }));
    });
    EXPECT_EQ(failure.code(), Errc::storage);
    EXPECT_EQ(taken, 20);
}

TEST_F(FetchPipelineTest, ends_with_the_error_of_the_first_connection) {
    const auto failure = test::failure_of([&] {
        auto session = log_in(first, {test::LineFault::Kind::cut, 50'000}, first_count);
        static_cast<void>(session.examine("INBOX"));
        const FurtherSession none;
        static_cast<void>(FetchPipeline(session, none, large_mail, small)
                              .fetch(AccountId{1}, "INBOX", 7, wanted, [](DigestedMessage&&) {}));
    });
    EXPECT_EQ(failure.code(), Errc::network);
}

namespace {

/// Two large messages over a long line to a server that could compress; what it is told in between.
void fetch_two(std::uint64_t slow_octets, std::string_view in_between, std::string_view last_tag) {
    const auto fetch = [](std::string_view tag, std::string_view uid) {
        return "C: " + std::string(tag) + " UID FETCH " + std::string(uid) +
               " (FLAGS INTERNALDATE BODY.PEEK[])\nS: * 1 FETCH (UID " + std::string(uid) +
               " FLAGS () BODY[] {3}\nS: " + std::string(uid) + "\nS: )\nS: " + std::string(tag) +
               " OK\n";
    };
    test::Script script("S: * PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] joe\n" +
                        std::string("C: A1 NOOP\nS: A1 OK\n") + fetch("A2", "5") +
                        std::string(in_between) + fetch(last_tag, "4"));
    script.delay(std::chrono::milliseconds(50));
    imap::ReadSession session(script.open(), Security::tls);
    session.greet();
    static_cast<void>(session.poll());
    const test::TempDir folder;
    const std::vector<UidFlags> both{{4, {}, 4U << 20U}, {5, {}, 4U << 20U}};
    int came = 0;
    EXPECT_TRUE(FetchPipeline(session, {}, LargeMail(folder.path(), std::string(32, 'k')),
                              {.messages = 1, .sample_octets = 1, .slow_octets = slow_octets})
                    .fetch(AccountId{1}, "INBOX", 7, both, [&](DigestedMessage&&) { ++came; })
                    .empty());
    EXPECT_EQ(came, 2);
    EXPECT_TRUE(script.is_finished());
}

}  // namespace

TEST(Compressing, begins_when_the_first_of_much_mail_came_slowly) {
    fetch_two(std::numeric_limits<std::uint64_t>::max(),
              "C: A3 COMPRESS DEFLATE\nS: A3 NO not now\n", "A4");
}

TEST(Compressing, does_not_begin_when_it_came_fast) {
    fetch_two(0, "", "A3");
}

}  // namespace mailkeep::sync
