// SPDX-License-Identifier: Apache-2.0
#include "support/loopback_server.hpp"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace mailkeep::test {

namespace {

/// However badly a test goes, its peer ends.
constexpr int patience_ms = 10'000;

int listen_on_loopback() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 1) != 0) {
        throw std::runtime_error("cannot listen on 127.0.0.1");
    }
    return listener;
}

std::uint16_t port_of(int listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// The client may be gone when this thread writes; the signal stays pending here and does not hide
/// one that the code under test would raise.
void block_broken_pipe_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

struct Peer::Session {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL* tls = nullptr;

    ~Session() {
        SSL_free(tls);
        SSL_CTX_free(context);
    }
};

Peer::Peer(int descriptor) : descriptor_(descriptor) {
    timeval patience{};
    patience.tv_sec = patience_ms / 1000;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

Peer::~Peer() {
    ::close(descriptor_);
}

void Peer::start_tls(const Identity& identity, TlsVersion version) {
    session_ = std::make_unique<Session>();
    SSL_CTX* context = session_->context;
    BIO* certificate_text =
        BIO_new_mem_buf(identity.certificate.data(), static_cast<int>(identity.certificate.size()));
    BIO* key_text = BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size()));
    X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_text);
    BIO_free(key_text);
    const int wanted = version == TlsVersion::only_1_1   ? TLS1_1_VERSION
                       : version == TlsVersion::only_1_2 ? TLS1_2_VERSION
                       : version == TlsVersion::only_1_3 ? TLS1_3_VERSION
                                                         : 0;
    // Debian's OpenSSL speaks TLS 1.1 at security level 0 only.
    if (version == TlsVersion::only_1_1) {
        SSL_CTX_set_security_level(context, 0);
    }
    SSL_CTX_set_min_proto_version(context, wanted);
    SSL_CTX_set_max_proto_version(context, wanted);
    session_->tls = SSL_new(context);
    SSL_set_fd(session_->tls, descriptor_);
    SSL_accept(session_->tls);
}

void Peer::say(std::string_view octets) {
    if (session_) {
        SSL_write(session_->tls, octets.data(), static_cast<int>(octets.size()));
        return;
    }
    while (!octets.empty()) {
        const auto count = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return;
        }
        octets.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string Peer::hear_line() {
    std::string line;
    for (auto octet = hear(1); !octet.empty(); octet = hear(1)) {
        line += octet;
        if (octet == "\n") {
            break;
        }
    }
    return line;
}

std::string Peer::hear(std::size_t count) {
    std::string octets;
    char octet = 0;
    while (octets.size() < count) {
        const auto got =
            session_ ? SSL_read(session_->tls, &octet, 1) : ::recv(descriptor_, &octet, 1, 0);
        if (got <= 0) {
            break;
        }
        octets += octet;
    }
    return octets;
}

void Peer::wait_for_end() {
    std::array<char, 4096> ignored{};
    while (::recv(descriptor_, ignored.data(), ignored.size(), 0) > 0) {
    }
}

void Peer::say_goodbye() {
    SSL_shutdown(session_->tls);
}

void Peer::reset() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

std::string Peer::server_name() const {
    const char* name = SSL_get_servername(session_->tls, TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
}

std::string Peer::exported() const {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string octets(32, '\0');
    SSL_export_keying_material(session_->tls, reinterpret_cast<unsigned char*>(octets.data()),
                               octets.size(), label.data(), label.size(), nullptr, 0, 1);
    return octets;
}

std::string Peer::finished_of_client() const {
    std::string octets(64, '\0');
    octets.resize(SSL_get_peer_finished(session_->tls, octets.data(), octets.size()));
    return octets;
}

LoopbackServer::LoopbackServer(std::function<void(Peer&)> part)
    : listener_(listen_on_loopback()), port_(port_of(listener_)) {
    thread_ = std::jthread([this, part = std::move(part)] { serve(part); });
}

LoopbackServer::~LoopbackServer() {
    thread_.join();
    ::close(listener_);
}

void LoopbackServer::serve(const std::function<void(Peer&)>& part) const {
    block_broken_pipe_signal();
    pollfd polled{listener_, POLLIN, 0};
    if (::poll(&polled, 1, patience_ms) != 1) {
        return;
    }
    Peer peer(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    part(peer);
}

std::uint16_t unused_port() {
    const int listener = listen_on_loopback();
    const std::uint16_t port = port_of(listener);
    ::close(listener);
    return port;
}

}  // namespace mailkeep::test
