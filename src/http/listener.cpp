// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include "mailkeep/base/error.hpp"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace mailkeep::http {

namespace {

constexpr int backlog = 511;

/// Room for a whole page of ours in the kernel: a peer that never reads holds no worker.
constexpr int send_octets = 256 << 10;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses look_up(const std::string& host, std::uint16_t port) {
    addrinfo wish{};
    wish.ai_socktype = SOCK_STREAM;
    wish.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int fault = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                    std::to_string(port).c_str(), &wish, &found);
    if (fault != 0) {
        throw Error(Errc::invalid,
                    fmt::format("Cannot listen on \"{}\": {}.", host, ::gai_strerror(fault)),
                    "Listen on 127.0.0.1, on an address of this machine, or on 0.0.0.0 for all.");
    }
    return {found, &::freeaddrinfo};
}

[[noreturn]] void complain(const std::string& host, std::uint16_t port, int fault) {
    const std::string what =
        fmt::format("Cannot listen on {} port {}: {}.", host, port, std::strerror(fault));
    switch (fault) {
        case EADDRINUSE:
            throw Error(Errc::conflict, what,
                        "Choose another port with --listen HOST:PORT, or end the program that "
                        "has this one.");
        case EACCES:
            throw Error(Errc::conflict, what,
                        "Ports below 1024 need privileges; choose a higher one with --listen.");
        default:
            throw Error(Errc::invalid, what, "Listen on an address of this machine.");
    }
}

void set_option(int descriptor, int level, int option, int value) {
    ::setsockopt(descriptor, level, option, &value, sizeof value);
}

std::string numeric_address(const sockaddr* address, socklen_t length) {
    std::array<char, NI_MAXHOST> text{};
    const int fault =
        ::getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    return fault == 0 ? std::string(text.data()) : std::string();
}

}  // namespace

int listen_on(const std::string& host, std::uint16_t port) {
    const Addresses addresses = look_up(host, port);
    const int descriptor =
        ::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        complain(host, port, errno);
    }
    set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    if (::bind(descriptor, addresses->ai_addr, addresses->ai_addrlen) != 0 ||
        ::listen(descriptor, backlog) != 0) {
        const int fault = errno;
        ::close(descriptor);
        complain(host, port, fault);
    }
    return descriptor;
}

std::uint16_t port_of(int listener) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::getsockname(listener, generic, &length) != 0) {
        return 0;
    }
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(generic)->sin6_port
                                               : reinterpret_cast<sockaddr_in*>(generic)->sin_port);
}

Accepted accept_on(int listener) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const int descriptor = ::accept4(listener, generic, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) {
        return {};
    }
    // Without it a small answer waits for Nagle and the peer's delayed ACK: 40 ms each.
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(descriptor, SOL_SOCKET, SO_SNDBUF, send_octets);
    return {descriptor, numeric_address(generic, length)};
}

}  // namespace mailkeep::http
