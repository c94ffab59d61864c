// SPDX-License-Identifier: Apache-2.0
// TCP and TLS (OpenSSL on a non-blocking descriptor) as a Stream.
#pragma once

#include "mailkeep/net/stream.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

namespace mailkeep::net {

/// Which certificates are taken. TLS 1.2 at least; the host name is always checked, except when a
/// fingerprint is given: then exactly that certificate is taken and nothing else is asked.
struct TlsPolicy {
    std::string ca_file;      ///< PEM; empty: the system's
    std::string fingerprint;  ///< SHA-256 of the certificate, hex; colons and case do not matter
};

enum class Encryption { on_connect, later };

struct Endpoint {
    std::string host;  ///< name or address, v4 or v6
    std::uint16_t port = 0;
};

/// Connects (every address of the host in turn), does the handshake when asked. The errors name
/// host and port and tell apart: unknown host, refused, silent, no TLS there, certificate expired,
/// for another host, not trusted, other fingerprint; their hint holds the fingerprint found. The
/// timeout is for all addresses together, once more for the handshake, and stays that of the stream
/// until set_timeout(). A stop request ends this call and any later one on the stream with
/// Error{cancelled}; only the system's name look-up cannot be cut short.
[[nodiscard]] std::unique_ptr<Stream> connect(const Endpoint& endpoint, Encryption encryption,
                                              const TlsPolicy& policy,
                                              std::chrono::milliseconds timeout,
                                              const std::stop_token& stop);

}  // namespace mailkeep::net
