// SPDX-License-Identifier: Apache-2.0
// Against real sockets on 127.0.0.1; the certificates are made here.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/net/connect.hpp"

#include "support/certificate.hpp"
#include "support/failure_of.hpp"
#include "support/loopback_server.hpp"
#include "support/read_to_end.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

namespace mailkeep::net {
namespace {

using namespace std::chrono_literals;
using test::Authority;
using test::Identity;
using test::LoopbackServer;
using test::Peer;
using test::read_to_end;
using test::TempDir;
using test::TlsVersion;
using ::testing::HasSubstr;

constexpr auto patience = 10s;

/// The Error that a call ends with.
std::unique_ptr<Stream> connect_to(std::uint16_t port, Encryption encryption,
                                   const TlsPolicy& policy = {},
                                   const std::string& host = "localhost") {
    return connect({host, port}, encryption, policy, patience, {});
}

/// One authority for all tests of the suite, known to the client by a file.
class ConnectTls : public ::testing::Test {
  protected:
    ConnectTls() {
        policy_.ca_file = (folder_ / "authority.pem").string();
        std::ofstream(policy_.ca_file) << authority_.certificate();
    }

    [[nodiscard]] Error refusal_of(const Identity& identity, const TlsPolicy& policy,
                                   TlsVersion version = TlsVersion::any) const {
        LoopbackServer server([&](Peer& peer) { peer.start_tls(identity, version); });
        return test::failure_of([&] { connect_to(server.port(), Encryption::on_connect, policy); });
    }

    TempDir folder_;
    Authority authority_;
    TlsPolicy policy_;
};

TEST(Connect, carries_octets_both_ways_and_sees_the_end) {
    LoopbackServer server([](Peer& peer) { peer.say("you said " + peer.hear_line()); });
    const auto stream = connect_to(server.port(), Encryption::later);
    stream->write_all("hello\n");
    EXPECT_EQ(read_to_end(*stream), "you said hello\n");
}

TEST(Connect, names_a_host_that_does_not_exist) {
    const Error error =
        test::failure_of([] { connect_to(1, Encryption::later, {}, "no-such-host.invalid"); });
    EXPECT_EQ(error.code(), Errc::network);
    EXPECT_THAT(error.what(), HasSubstr("no-such-host.invalid"));
    EXPECT_FALSE(error.hint().empty());
}

TEST(Connect, wants_a_host_name) {
    EXPECT_EQ(test::failure_of([] { connect_to(1, Encryption::later, {}, ""); }).code(),
              Errc::invalid);
}

TEST(Connect, tells_that_nobody_listens) {
    const std::uint16_t port = test::unused_port();
    const Error error = test::failure_of([&] { connect_to(port, Encryption::later); });
    EXPECT_EQ(error.code(), Errc::network);
    EXPECT_EQ(error.what(), "localhost:" + std::to_string(port) + ": connection refused");
    EXPECT_THAT(error.hint(), HasSubstr("port"));
}

TEST(Connect, ends_a_silent_read_by_the_time_out) {
    LoopbackServer server([](Peer& peer) { peer.wait_for_end(); });
    const auto stream = connect_to(server.port(), Encryption::later);
    stream->set_timeout(20ms);
    EXPECT_EQ(test::failure_of([&] { read_to_end(*stream); }).code(), Errc::timeout);
    stream->close();
}

TEST(Connect, ends_a_write_nobody_takes_by_the_time_out) {
    std::promise<void> seen;
    LoopbackServer server([&](Peer&) { seen.get_future().wait(); });
    const auto stream = connect_to(server.port(), Encryption::later);
    stream->set_timeout(20ms);
    const std::string much(64U << 20U, 'x');
    EXPECT_EQ(test::failure_of([&] { stream->write_all(much); }).code(), Errc::timeout);
    seen.set_value();
}

TEST(Connect, ends_a_read_by_a_stop_request) {
    LoopbackServer server([](Peer& peer) { peer.wait_for_end(); });
    std::stop_source stop;
    const auto stream =
        connect({"localhost", server.port()}, Encryption::later, {}, patience, stop.get_token());
    const std::jthread stopper([&] {
        std::this_thread::sleep_for(20ms);
        stop.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(test::failure_of([&] { read_to_end(*stream); }).code(), Errc::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - before, patience / 2);
    EXPECT_EQ(test::failure_of([&] { stream->write_all("x"); }).code(), Errc::cancelled);
    stream->close();
}

TEST(Connect, ends_the_handshake_by_a_stop_request) {
    LoopbackServer server([](Peer& peer) { peer.wait_for_end(); });
    std::stop_source stop;
    const std::jthread stopper([&] {
        std::this_thread::sleep_for(20ms);
        stop.request_stop();
    });
    const Error error = test::failure_of([&] {
        (void)connect({"localhost", server.port()}, Encryption::on_connect, {}, patience,
                      stop.get_token());
    });
    EXPECT_EQ(error.code(), Errc::cancelled);
}

TEST(Connect, does_not_begin_after_a_stop_request) {
    std::stop_source stop;
    stop.request_stop();
    const Error error = test::failure_of([&] {
        (void)connect({"localhost", test::unused_port()}, Encryption::later, {}, patience,
                      stop.get_token());
    });
    EXPECT_EQ(error.code(), Errc::cancelled);
}

TEST(Connect, refuses_to_use_a_closed_stream) {
    LoopbackServer server([](Peer& peer) { peer.wait_for_end(); });
    const auto stream = connect_to(server.port(), Encryption::later);
    stream->close();
    EXPECT_EQ(test::failure_of([&] { stream->write_all("x"); }).code(), Errc::network);
    EXPECT_EQ(test::failure_of([&] { read_to_end(*stream); }).code(), Errc::network);
    EXPECT_EQ(test::failure_of([&] { stream->start_tls(); }).code(), Errc::network);
}

TEST(Connect, reports_a_reset) {
    LoopbackServer server([](Peer& peer) {
        peer.hear_line();
        peer.reset();
    });
    const auto stream = connect_to(server.port(), Encryption::later);
    stream->write_all("go\n");
    EXPECT_EQ(test::failure_of([&] { read_to_end(*stream); }).code(), Errc::network);
}

TEST(Connect, survives_writing_to_a_peer_that_is_gone) {
    ASSERT_NE(std::signal(SIGPIPE, SIG_DFL), SIG_ERR);
    LoopbackServer server([](Peer&) {});
    const auto stream = connect_to(server.port(), Encryption::later);
    EXPECT_EQ(read_to_end(*stream), "");
    const Error error = test::failure_of([&] {
        for (;;) {
            stream->write_all("anybody there?\n");
        }
    });
    EXPECT_EQ(error.code(), Errc::network);
}

TEST_F(ConnectTls, trusts_what_the_authority_signed_and_names_the_host) {
    const Identity identity = authority_.issue("DNS:localhost");
    std::string asked_for;
    {
        LoopbackServer server([&](Peer& peer) {
            peer.start_tls(identity);
            asked_for = peer.server_name();
            peer.say("secretly " + peer.hear_line());
            peer.say_goodbye();
        });
        const auto stream = connect_to(server.port(), Encryption::on_connect, policy_);
        stream->write_all("hello\n");
        EXPECT_EQ(read_to_end(*stream), "secretly hello\n");
    }
    EXPECT_EQ(asked_for, "localhost");
}

TEST_F(ConnectTls, checks_an_address_among_the_addresses_and_sends_no_name_for_it) {
    const Identity identity = authority_.issue("IP:127.0.0.1");
    std::string asked_for = "not asked";
    {
        LoopbackServer server([&](Peer& peer) {
            peer.start_tls(identity);
            asked_for = peer.server_name();
        });
        EXPECT_NO_THROW(connect_to(server.port(), Encryption::on_connect, policy_, "127.0.0.1"));
    }
    EXPECT_EQ(asked_for, "");
}

TEST_F(ConnectTls, carries_more_than_the_sockets_hold) {
    const Identity identity = authority_.issue("DNS:localhost");
    const std::string much = std::string(3U << 20U, 'x') + '\n';
    for (const TlsVersion version : {TlsVersion::only_1_2, TlsVersion::only_1_3}) {
        LoopbackServer server([&](Peer& peer) {
            peer.start_tls(identity, version);
            peer.say(peer.hear_line());
            peer.say_goodbye();
        });
        const auto stream = connect_to(server.port(), Encryption::on_connect, policy_);
        stream->write_all(much);
        EXPECT_TRUE(read_to_end(*stream) == much);
    }
}

TEST_F(ConnectTls, gives_both_ends_the_same_channel_bindings) {
    const Identity identity = authority_.issue("DNS:localhost");
    for (const TlsVersion version : {TlsVersion::only_1_2, TlsVersion::only_1_3}) {
        std::string exported;
        std::string finished;
        LoopbackServer server([&](Peer& peer) {
            peer.start_tls(identity, version);
            exported = peer.exported();
            finished = peer.finished_of_client();
            peer.say("done");
            peer.say_goodbye();
        });
        const auto stream = connect_to(server.port(), Encryption::on_connect, policy_);
        EXPECT_EQ(read_to_end(*stream), "done");
        const auto bindings = stream->channel_bindings();
        ASSERT_EQ(bindings.size(), version == TlsVersion::only_1_3 ? 2U : 1U);
        EXPECT_EQ(bindings.back().type, "tls-unique");
        EXPECT_EQ(bindings.back().octets, finished);
        if (version == TlsVersion::only_1_3) {
            EXPECT_EQ(bindings.front().type, "tls-exporter");
            EXPECT_EQ(bindings.front().octets, exported);
        }
    }
}

TEST_F(ConnectTls, starts_later_when_asked) {
    const Identity identity = authority_.issue("DNS:localhost");
    LoopbackServer server([&](Peer& peer) {
        peer.say(peer.hear_line());
        peer.start_tls(identity);
        peer.say("done");
        peer.say_goodbye();
    });
    const auto stream = connect_to(server.port(), Encryption::later, policy_);
    stream->write_all("STLS\n");
    std::array<char, 5> line{};
    ASSERT_EQ(stream->read_some(line), 5U);
    stream->start_tls();
    EXPECT_EQ(read_to_end(*stream), "done");
}

TEST_F(ConnectTls, takes_an_end_without_goodbye_for_a_cut) {
    const Identity identity = authority_.issue("DNS:localhost");
    for (const TlsVersion version : {TlsVersion::only_1_2, TlsVersion::only_1_3}) {
        LoopbackServer server([&](Peer& peer) {
            peer.start_tls(identity, version);
            peer.say("half a mess");
        });
        const auto stream = connect_to(server.port(), Encryption::on_connect, policy_);
        std::array<char, 100> some{};
        EXPECT_EQ(stream->read_some(some), 11U);
        EXPECT_EQ(test::failure_of([&] { (void)stream->read_some(some); }).code(), Errc::network);
    }
}

TEST_F(ConnectTls, survives_writing_to_a_peer_that_is_gone) {
    ASSERT_NE(std::signal(SIGPIPE, SIG_DFL), SIG_ERR);
    const Identity identity = authority_.issue("DNS:localhost");
    LoopbackServer server([&](Peer& peer) { peer.start_tls(identity); });
    const auto stream = connect_to(server.port(), Encryption::on_connect, policy_);
    const Error error = test::failure_of([&] {
        for (;;) {
            stream->write_all("anybody there?\n");
        }
    });
    EXPECT_EQ(error.code(), Errc::network);
}

TEST_F(ConnectTls, refuses_an_expired_certificate) {
    const Identity identity = authority_.issue("DNS:localhost", {-240h, -24h});
    const Error error = refusal_of(identity, policy_);
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr(" expired on 20"));
    EXPECT_THAT(error.hint(), HasSubstr(identity.fingerprint));
}

TEST_F(ConnectTls, refuses_a_certificate_of_the_future) {
    const Error error = refusal_of(authority_.issue("DNS:localhost", {24h, 240h}), policy_);
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr("not valid before 20"));
}

TEST_F(ConnectTls, refuses_a_certificate_for_another_host_and_tells_for_which) {
    const Identity identity = authority_.issue("DNS:mail.example.org,DNS:imap.example.org");
    const Error error = refusal_of(identity, policy_);
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(),
                HasSubstr("is for mail.example.org, imap.example.org, not for localhost"));
    EXPECT_THAT(error.hint(), HasSubstr(identity.fingerprint));
}

TEST_F(ConnectTls, refuses_a_certificate_nobody_vouches_for) {
    const Identity identity = Authority().issue("DNS:localhost");
    const Error error = refusal_of(identity, policy_);
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr("not trusted"));
    EXPECT_THAT(error.hint(), HasSubstr("--tls-fingerprint " + identity.fingerprint));
}

TEST_F(ConnectTls, does_not_find_the_test_authority_in_the_system) {
    const Error error = refusal_of(authority_.issue("DNS:localhost"), {});
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr("not trusted"));
}

TEST_F(ConnectTls, takes_the_pinned_certificate_whatever_is_wrong_with_it) {
    const Identity identity = Authority().issue("DNS:elsewhere.example", {-240h, -24h});
    std::string pin = to_upper_ascii(identity.fingerprint);
    pin.insert(2, ":");
    LoopbackServer server([&](Peer& peer) {
        peer.start_tls(identity);
        peer.say_goodbye();
    });
    const auto stream = connect_to(server.port(), Encryption::on_connect, {.fingerprint = pin});
    EXPECT_EQ(read_to_end(*stream), "");
}

TEST_F(ConnectTls, refuses_any_other_certificate_than_the_pinned_one) {
    const Identity pinned = authority_.issue("DNS:localhost");
    const Identity other = authority_.issue("DNS:localhost");
    TlsPolicy policy = policy_;
    policy.fingerprint = pinned.fingerprint;
    const Error error = refusal_of(other, policy);
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr("has the fingerprint " + other.fingerprint));
}

TEST_F(ConnectTls, refuses_a_pin_that_is_no_fingerprint) {
    EXPECT_EQ(
        test::failure_of([] { connect_to(1, Encryption::later, {.fingerprint = "ab:cd"}); }).code(),
        Errc::invalid);
}

TEST_F(ConnectTls, refuses_tls_1_1) {
    const Error error =
        refusal_of(authority_.issue("DNS:localhost"), policy_, TlsVersion::only_1_1);
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr("no TLS of version 1.2 or later"));
}

TEST_F(ConnectTls, tells_that_the_port_does_not_speak_tls) {
    LoopbackServer server([](Peer& peer) {
        peer.say("* OK IMAP4rev1 server ready\r\n");
        peer.wait_for_end();
    });
    const Error error =
        test::failure_of([&] { connect_to(server.port(), Encryption::on_connect, policy_); });
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr("does not speak TLS"));
    EXPECT_THAT(error.hint(), HasSubstr("993"));
}

TEST_F(ConnectTls, tells_that_the_peer_left_the_handshake) {
    LoopbackServer server([](Peer&) {});
    const Error error =
        test::failure_of([&] { connect_to(server.port(), Encryption::on_connect, policy_); });
    EXPECT_EQ(error.code(), Errc::network);
    EXPECT_THAT(error.what(), HasSubstr("handshake"));
}

TEST_F(ConnectTls, ends_a_silent_handshake_by_the_time_out) {
    LoopbackServer server([](Peer& peer) { peer.wait_for_end(); });
    const Error error = test::failure_of([&] {
        (void)connect({"localhost", server.port()}, Encryption::on_connect, policy_, 50ms, {});
    });
    EXPECT_EQ(error.code(), Errc::timeout);
    EXPECT_THAT(error.what(), HasSubstr("handshake"));
}

TEST_F(ConnectTls, names_a_certificate_file_that_cannot_be_read) {
    TlsPolicy policy;
    policy.ca_file = (folder_ / "missing.pem").string();
    const Error error = refusal_of(authority_.issue("DNS:localhost"), policy);
    EXPECT_EQ(error.code(), Errc::tls);
    EXPECT_THAT(error.what(), HasSubstr("missing.pem"));
}

}  // namespace
}  // namespace mailkeep::net
