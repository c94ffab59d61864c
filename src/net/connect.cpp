// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/net/connect.hpp"

#include "mailkeep/base/error.hpp"

#include "near.hpp"
#include "socket.hpp"
#include "tls.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace mailkeep::net {

namespace {

using std::chrono::milliseconds;

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

std::string name_of(const Endpoint& endpoint) {
    const bool is_v6 = endpoint.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + endpoint.host + "]" : endpoint.host;
    return host + ":" + std::to_string(endpoint.port);
}

/// The system's resolver keeps its own time (resolv.conf) and cannot be cancelled.
Addresses resolve(const Endpoint& endpoint) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    const int failure = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &wanted, &found);
    if (failure == 0) {
        return Addresses(found);
    }
    if (failure == EAI_NONAME || failure == EAI_NODATA) {
        throw Error(Errc::network, "unknown host " + endpoint.host,
                    "Check the spelling of the host name.");
    }
    throw Error(Errc::network,
                fmt::format("cannot look up the host {}: {}", endpoint.host,
                            failure == EAI_SYSTEM ? system_text(errno) : ::gai_strerror(failure)),
                "Check this machine's network connection and its name server.");
}

int pending_error(int descriptor) {
    int code = 0;
    socklen_t size = sizeof code;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

struct Attempt {
    std::unique_ptr<Socket> socket;  ///< connected, or nothing
    int failure = 0;                 ///< errno value: why not
};

Attempt try_address(const addrinfo& address, const std::string& name, Deadline deadline,
                    const std::stop_token& stop) {
    Descriptor descriptor(::socket(address.ai_family,
                                   address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                   address.ai_protocol));
    if (!descriptor.is_open()) {
        return {nullptr, errno};
    }
    if (::connect(descriptor.number(), address.ai_addr, address.ai_addrlen) != 0 &&
        errno != EINPROGRESS) {
        return {nullptr, errno};
    }
    auto socket = std::make_unique<Socket>(std::move(descriptor), name, stop);
    if (!socket->wait(Readiness::writable, deadline)) {
        return {nullptr, ETIMEDOUT};
    }
    if (const int failure = pending_error(socket->descriptor())) {
        return {nullptr, failure};
    }
    // Commands are small and sent several at a time: none may wait for the answer to another.
    const int on = 1;
    ::setsockopt(socket->descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return {std::move(socket), 0};
}

/// This machine has no way to such an address: the failure of another one tells more.
bool is_unroutable(int failure) {
    return failure == ENETUNREACH || failure == EHOSTUNREACH || failure == EADDRNOTAVAIL ||
           failure == EAFNOSUPPORT;
}

Error connect_error(const std::string& name, int failure, milliseconds timeout) {
    switch (failure) {
        case ETIMEDOUT:
            return {Errc::timeout,
                    fmt::format("{} did not answer within {} s", name,
                                std::chrono::duration<double>(timeout).count()),
                    "Check host and port; a firewall may be in the way."};
        case ECONNREFUSED:
            return {Errc::network, name + ": connection refused",
                    "No server listens at this port. Check host and port."};
        default:
            return {Errc::network, name + ": " + system_text(failure)};
    }
}

/// Every address gets an equal share of the time that is left.
std::unique_ptr<Socket> connect_socket(const Endpoint& endpoint, milliseconds timeout,
                                       const std::stop_token& stop) {
    const std::string name = name_of(endpoint);
    const Addresses addresses = resolve(endpoint);
    int left = 0;
    for (const addrinfo* address = addresses.get(); address != nullptr;
         address = address->ai_next) {
        ++left;
    }
    const Deadline end = deadline_in(timeout);
    int failure = EADDRNOTAVAIL;
    for (const addrinfo* address = addresses.get(); address != nullptr;
         address = address->ai_next) {
        const Deadline now = deadline_in(milliseconds(0));
        Attempt attempt = try_address(*address, name, now + (end - now) / left--, stop);
        if (attempt.socket) {
            return std::move(attempt.socket);
        }
        if (is_unroutable(failure)) {
            failure = attempt.failure;
        }
    }
    throw connect_error(name, failure, timeout);
}

class TcpStream final : public Stream {
  public:
    TcpStream(std::unique_ptr<Socket> socket, std::string host, TlsPolicy policy, milliseconds idle)
        : socket_(std::move(socket)),
          host_(std::move(host)),
          policy_(std::move(policy)),
          idle_(idle) {}

    ~TcpStream() override { close(); }

    std::size_t read_some(std::span<char> into) override {
        const Deadline deadline = deadline_in(idle_);
        return tls_ ? tls_->read_some(into, deadline) : socket_->read_some(into, deadline);
    }

    [[nodiscard]] bool wait_readable(milliseconds most) override {
        return (tls_ && tls_->has_pending()) ||
               socket_->wait(Readiness::readable, deadline_in(most));
    }

    void write_all(std::string_view octets) override {
        tls_ ? tls_->write_all(octets, idle_) : socket_->write_all(octets, idle_);
    }

    void start_tls() override {
        MAILKEEP_ASSERT(!tls_);
        tls_.emplace(*socket_, host_, policy_, deadline_in(idle_));
    }

    [[nodiscard]] std::vector<ChannelBinding> channel_bindings() const override {
        return tls_ ? tls_->channel_bindings() : std::vector<ChannelBinding>{};
    }

    void set_timeout(milliseconds idle) override { idle_ = idle; }

    [[nodiscard]] bool is_near() const override {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        auto* const address = reinterpret_cast<sockaddr*>(&peer);
        return ::getpeername(socket_->descriptor(), address, &size) == 0 && net::is_near(peer);
    }

    void close() noexcept override {
        if (tls_) {
            tls_->shut_down();
        }
        tls_.reset();
        socket_->close();
    }

  private:
    std::unique_ptr<Socket> socket_;
    std::string host_;
    TlsPolicy policy_;
    milliseconds idle_;
    std::optional<Tls> tls_;
};

}  // namespace

std::unique_ptr<Stream> connect(const Endpoint& endpoint, Encryption encryption,
                                const TlsPolicy& policy, milliseconds timeout,
                                const std::stop_token& stop) {
    if (endpoint.host.empty()) {
        throw Error(Errc::invalid, "no host name given");
    }
    // A mistyped fingerprint is told before the server is bothered.
    (void)normal_fingerprint(policy.fingerprint);
    auto stream = std::make_unique<TcpStream>(connect_socket(endpoint, timeout, stop),
                                              endpoint.host, policy, timeout);
    if (encryption == Encryption::on_connect) {
        stream->start_tls();
    }
    return stream;
}

}  // namespace mailkeep::net
