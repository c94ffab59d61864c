// SPDX-License-Identifier: Apache-2.0
// A real server on a port of its own, spoken to octet by octet.
#include "mailkeep/base/error.hpp"

#include "guarded_server.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace mailkeep::http {
namespace {

class Peer {
  public:
    explicit Peer(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }

    ~Peer() { ::close(descriptor_); }

    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void say(const std::string& text) {
        std::size_t sent = 0;
        while (sent < text.size()) {
            const ssize_t count =
                ::send(descriptor_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) {
                return;
            }
            sent += static_cast<std::size_t>(count);
        }
    }

    /// Whether the other side has neither said anything nor closed.
    [[nodiscard]] bool is_waiting() const {
        pollfd polled{descriptor_, POLLIN, 0};
        return ::poll(&polled, 1, 0) == 0;
    }

    /// All up to and with `end`; what there is when the peer closes; "silence" after a minute.
    std::string hear(const std::string& end) {
        for (;;) {
            if (const std::size_t at = heard_.find(end); at != std::string::npos) {
                const std::string rest = heard_.substr(at + end.size());
                return std::exchange(heard_, rest).substr(0, at + end.size());
            }
            pollfd polled{descriptor_, POLLIN, 0};
            if (::poll(&polled, 1, 60'000) <= 0) {
                return "silence";
            }
            std::array<char, 4096> piece{};
            const ssize_t count = ::recv(descriptor_, piece.data(), piece.size(), 0);
            if (count <= 0) {
                break;
            }
            heard_.append(piece.data(), static_cast<std::size_t>(count));
        }
        return std::exchange(heard_, {});
    }

  private:
    int descriptor_;
    std::string heard_;
};

class GuardedServerTest : public testing::Test {
  protected:
    GuardedServerTest() {
        server_.set_pre_routing_handler([](const auto& request, auto& response) {
            const std::optional<Refusal> fault = framing_fault(request);
            if (fault) {
                response.status = fault->status;
            }
            return fault ? httplib::Server::HandlerResponse::Handled
                         : httplib::Server::HandlerResponse::Unhandled;
        });
        server_.Get("/hello", [](const auto&, auto& response) { response.body = "hello<end>"; });
        server_.Post("/echo", [](const auto& request, auto& response) {
            response.body = request.body + "<end>";
        });
        server_.start("127.0.0.1", 0);
    }

    Peer peer() { return Peer(server_.port()); }

    GuardedServer server_{2};
};

const std::string hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(GuardedServerTest, answers_many_requests_on_one_connection) {
    Peer client = peer();
    for (int i = 0; i < 20; ++i) {
        client.say(hello);
        EXPECT_TRUE(client.hear("<end>").starts_with("HTTP/1.1 200 OK"));
    }
}

TEST_F(GuardedServerTest, answers_requests_sent_in_one_go) {
    Peer client = peer();
    client.say(hello + "POST /echo HTTP/1.1\r\nContent-Length: 4\r\n\r\nfour" + hello);
    for (const char* body : {"\r\n\r\nhello<end>", "\r\n\r\nfour<end>", "\r\n\r\nhello<end>"}) {
        EXPECT_TRUE(client.hear("<end>").ends_with(body)) << body;
    }
}

TEST_F(GuardedServerTest, answers_a_request_that_comes_octet_by_octet) {
    Peer client = peer();
    for (const char c : "POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\nok") {
        if (c != '\0') {
            client.say(std::string(1, c));
        }
    }
    EXPECT_TRUE(client.hear("<end>").ends_with("ok<end>"));
}

TEST_F(GuardedServerTest, serves_others_beside_idle_and_slow_connections) {
    std::vector<std::unique_ptr<Peer>> idle;
    for (int i = 0; i < 50; ++i) {
        idle.push_back(std::make_unique<Peer>(server_.port()));
        idle.back()->say(i % 2 == 0 ? hello : "GET /hello HTTP/1.1\r\nX-Slow: ");
    }
    Peer client = peer();
    client.say(hello);
    EXPECT_TRUE(client.hear("<end>").starts_with("HTTP/1.1 200 OK"));
    // Not one after the other: the slow ones still have their time.
    for (std::size_t i = 1; i < idle.size(); i += 2) {
        EXPECT_TRUE(idle[i]->is_waiting()) << i;
    }
}

TEST_F(GuardedServerTest, cuts_a_header_that_does_not_end) {
    Peer client = peer();
    client.say("GET /hello HTTP/1.1\r\n");
    const std::string line = "X-Flood: " + std::string(1000, 'x') + "\r\n";
    for (int i = 0; i < 100; ++i) {
        client.say(line);
    }
    const std::string answer = client.hear("\r\n\r\n");
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST_F(GuardedServerTest, reads_no_body_beyond_its_length) {
    Peer client = peer();
    client.say("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(client.hear("<end>").ends_with("abc<end>"));
    EXPECT_TRUE(client.hear("<end>").ends_with("hello<end>"));
}

struct BadRequest {
    const char* name;
    const char* text;
    const char* status;
};

class BadFraming : public GuardedServerTest, public testing::WithParamInterface<BadRequest> {};

TEST_P(BadFraming, is_refused_and_the_connection_closed) {
    Peer client = peer();
    client.say(GetParam().text + hello);
    const std::string answer = client.hear("hello<end>");
    EXPECT_TRUE(answer.starts_with(std::string("HTTP/1.1 ") + GetParam().status)) << answer;
    EXPECT_EQ(answer.find("hello<end>"), std::string::npos) << answer;
}

INSTANTIATE_TEST_SUITE_P(
    Requests, BadFraming,
    testing::Values(
        BadRequest{"chunked", "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                   "411"},
        BadRequest{"both_lengths",
                   "POST /echo HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "0\r\n\r\n",
                   "400"},
        BadRequest{"two_lengths",
                   "POST /echo HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
                   "400"},
        BadRequest{"negative_length", "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"},
        BadRequest{"long_body", "POST /echo HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", "413"},
        BadRequest{"compressed",
                   "POST /echo HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
                   "415"},
        BadRequest{"body_of_get", "GET /hello HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "400"},
        BadRequest{"no_http", "HELO example.org\r\n\r\n", "400"}),
    [](const auto& test) { return test.param.name; });

TEST_F(GuardedServerTest, survives_a_long_range_header) {
    Peer client = peer();
    client.say("GET /hello HTTP/1.1\r\nRange: bytes=" + std::string(8000, '1') + "\r\n\r\n");
    EXPECT_TRUE(client.hear("\r\n\r\n").starts_with("HTTP/1.1 "));
}

TEST_F(GuardedServerTest, never_compresses_by_itself) {
    Peer client = peer();
    client.say("GET /hello HTTP/1.1\r\nAccept-Encoding: gzip, br\r\n\r\n");
    EXPECT_TRUE(client.hear("<end>").ends_with("hello<end>"));
}

TEST_F(GuardedServerTest, says_that_the_port_is_taken) {
    GuardedServer second(1);
    try {
        second.start("127.0.0.1", server_.port());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::conflict);
        EXPECT_NE(error.hint().find("--listen"), std::string::npos);
    }
}

TEST_F(GuardedServerTest, refuses_a_host_of_elsewhere) {
    GuardedServer second(1);
    EXPECT_THROW(second.start("192.0.2.1", 0), Error);
    EXPECT_THROW(second.start("no such host", 0), Error);
}

TEST_F(GuardedServerTest, stops_at_once_and_twice) {
    Peer idle = peer();
    Peer client = peer();
    client.say(hello);
    EXPECT_NE(client.hear("<end>"), "silence");
    const auto begin = std::chrono::steady_clock::now();
    server_.stop();
    server_.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
    EXPECT_EQ(idle.hear("x"), "");
}

}  // namespace
}  // namespace mailkeep::http
