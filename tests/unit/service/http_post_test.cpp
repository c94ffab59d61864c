// SPDX-License-Identifier: Apache-2.0
// Against a server of our own on 127.0.0.1.
#include "mailkeep/base/error.hpp"

#include "http_post.hpp"
#include "support/certificate.hpp"
#include "support/failure_of.hpp"
#include "support/loopback_server.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace mailkeep::service {

namespace {

using test::LoopbackServer;
using test::Peer;
using testing::AllOf;
using testing::HasSubstr;

std::string hear_request(Peer& peer) {
    std::string heard;
    for (auto line = peer.hear_line(); !line.empty(); line = peer.hear_line()) {
        heard += line;
        if (line == "\r\n") {
            return heard + peer.hear(4);
        }
    }
    return heard;
}

PostRequest request_to(const LoopbackServer& server, const std::string& scheme = "http") {
    return {.peer = "the authority",
            .url = scheme + "://localhost:" + std::to_string(server.port()) + "/stamp?a=b",
            .content_type = "text/plain",
            .body = "ping",
            .ca_file = {},
            .retry_hint = "Try again later."};
}

/// What comes of an answer, octet for octet; the server leaves after it.
PostAnswer answer_to(const std::string& said) {
    LoopbackServer server([&](Peer& peer) {
        hear_request(peer);
        peer.say(said);
    });
    return post(request_to(server));
}

Error refusal_of(const std::string& said) {
    return test::failure_of([&] { (void)answer_to(said); });
}

}  // namespace

TEST(HttpPost, says_what_the_server_needs_to_know) {
    std::string heard;
    std::uint16_t port = 0;
    {
        LoopbackServer server([&](Peer& peer) {
            heard = hear_request(peer);
            peer.say("HTTP/1.1 201 Made it\r\nContent-Length: 4\r\n\r\npong, and more");
        });
        port = server.port();
        const auto answer = post(request_to(server));
        EXPECT_EQ(answer.status, 201);
        EXPECT_EQ(answer.reason, "Made it");
        EXPECT_EQ(answer.body, "pong");
    }
    EXPECT_EQ(heard, "POST /stamp?a=b HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
                         "\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: "
                         "4\r\n\r\nping");
}

TEST(HttpPost, takes_a_body_however_its_end_is_told) {
    EXPECT_EQ(answer_to("HTTP/1.0 200 OK\r\n\r\nto the end").body, "to the end");
    EXPECT_EQ(answer_to("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: "
                        "Chunked\r\n\r\n4;x=y\r\npong\r\nA\r\n, and more\r\n0\r\nX: y\r\n\r\n")
                  .body,
              "pong, and more");
    EXPECT_EQ(answer_to("HTTP/1.1 204\r\ncontent-length:0\r\n\r\n").body, "");
}

TEST(HttpPost, takes_nothing_that_is_cut_too_long_or_no_HTTP) {
    EXPECT_EQ(refusal_of("").code(), Errc::network);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut").code(), Errc::network);
    EXPECT_EQ(refusal_of("SSH-2.0-x\r\n\r\n").code(), Errc::protocol);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n").code(),
              Errc::protocol);
    EXPECT_EQ(
        refusal_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n").code(),
        Errc::protocol);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n").code(),
              Errc::protocol);
    EXPECT_EQ(refusal_of("HTTP/1.1 200 OK\r\n\r\n" + std::string((1U << 20U) + 1, 'x')).code(),
              Errc::protocol);
}

TEST(HttpPost, speaks_to_a_server_that_the_file_of_authorities_knows_and_no_other) {
    const test::Authority authority;
    const auto identity = authority.issue("DNS:localhost");
    const test::TempDir folder;
    const auto ca_file = (folder / "authority.pem").string();
    std::ofstream(ca_file) << authority.certificate();
    const auto serve = [&](Peer& peer) {
        peer.start_tls(identity);
        hear_request(peer);
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong");
    };
    {
        LoopbackServer server(serve);
        auto request = request_to(server, "https");
        request.ca_file = ca_file;
        EXPECT_EQ(post(request).body, "pong");
    }
    LoopbackServer server(serve);
    const auto refusal = test::failure_of([&] { (void)post(request_to(server, "https")); });
    EXPECT_EQ(refusal.code(), Errc::tls);
    EXPECT_THAT(refusal.what(), AllOf(HasSubstr("the authority"), HasSubstr("not trusted")));
    EXPECT_EQ(refusal.hint(), "Try again later.");
}

TEST(HttpPost, wants_an_address_of_the_web) {
    for (const auto* const url : {"", "example.org", "ftp://example.org/", "https:///x"}) {
        const auto refusal = test::failure_of([&] { (void)post({.peer = "x", .url = url}); });
        EXPECT_EQ(refusal.code(), Errc::invalid) << url;
    }
}

}  // namespace mailkeep::service
