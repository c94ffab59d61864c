// SPDX-License-Identifier: Apache-2.0
// A real listener on 127.0.0.1, at a port the system chose, that plays one part with one client in
// a thread of its own. For what ScriptedStream cannot show: sockets, TLS, time.
#pragma once

#include "support/certificate.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace mailkeep::test {

enum class TlsVersion { any, only_1_1, only_1_2, only_1_3 };

/// The server's end of the connection. Failures of the client are no failures of the peer: hearing
/// nothing more is an empty text, and saying something to nobody is not noticed.
class Peer {
  public:
    explicit Peer(int descriptor);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void start_tls(const Identity& identity, TlsVersion version = TlsVersion::any);
    void say(std::string_view octets);
    /// What the client said up to and including the next LF, or all up to its end.
    std::string hear_line();
    /// So many octets, or fewer at the client's end.
    std::string hear(std::size_t count);
    /// Says nothing until the client has left.
    void wait_for_end();
    /// Ends as TLS should: close_notify. Without this the end is a cut.
    void say_goodbye();
    /// The next thing the client sees is a reset.
    void reset();

    /// What the client named as its host in the TLS handshake (SNI); empty: nothing.
    [[nodiscard]] std::string server_name() const;

    /// The octets of "tls-exporter" and "tls-unique" as the server's end sees them.
    [[nodiscard]] std::string exported() const;
    [[nodiscard]] std::string finished_of_client() const;

  private:
    struct Session;
    int descriptor_;
    std::unique_ptr<Session> session_;
};

class LoopbackServer {
  public:
    /// The connection ends when `part` returns.
    explicit LoopbackServer(std::function<void(Peer&)> part);
    /// Waits for the part to end.
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    void serve(const std::function<void(Peer&)>& part) const;

    int listener_;
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

/// A port at which nobody listened a moment ago.
[[nodiscard]] std::uint16_t unused_port();

}  // namespace mailkeep::test
