// SPDX-License-Identifier: Apache-2.0
// TLS 1.2 and later over a Socket, with OpenSSL. All of certificates is in here: which are taken,
// and what to tell the user about one that is not.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/net/connect.hpp"
#include "mailkeep/net/stream.hpp"

#include "socket.hpp"

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::net {

struct OpensslFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

    void operator()(SSL* session) const { SSL_free(session); }

    void operator()(X509* certificate) const { X509_free(certificate); }
};

template <typename Type>
using Owned = std::unique_ptr<Type, OpensslFree>;

/// Fingerprint in 64 lower-case hex digits, empty when none was given. Throws Error{invalid}.
[[nodiscard]] std::string normal_fingerprint(std::string_view text);

/// One thread. The socket must outlive it.
class Tls {
  public:
    /// The handshake, which ends with the certificate taken or with Error{tls}.
    Tls(Socket& socket, const std::string& host, const TlsPolicy& policy, Deadline deadline);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// 0 only after the peer's close_notify.
    [[nodiscard]] std::size_t read_some(std::span<char> into, Deadline deadline);
    void write_all(std::string_view octets, std::chrono::milliseconds idle);

    /// Whether OpenSSL holds octets that the socket will not tell of again.
    [[nodiscard]] bool has_pending() const { return SSL_has_pending(session_.get()) == 1; }

    /// See Stream.
    [[nodiscard]] std::vector<ChannelBinding> channel_bindings() const;

    /// Says close_notify if that can be done without waiting.
    void shut_down() noexcept;

  private:
    /// Which certificate the peer showed and what speaks against it.
    struct Inspection {
        std::string fingerprint_wanted;
        Owned<X509> certificate;
        int objection = X509_V_OK;  ///< X509_V_ERR_APPLICATION_VERIFICATION: other fingerprint
    };

    static int inspect(X509_STORE_CTX* store, void* inspection);
    void set_up_context(const TlsPolicy& policy);
    void set_up_session();
    void shake_hands(Deadline deadline);
    [[nodiscard]] Error handshake_error(int error) const;
    void go_on_after(int error, Deadline deadline);

    Socket& socket_;
    std::string host_;
    Inspection inspection_;
    Owned<SSL_CTX> context_;
    Owned<SSL> session_;
    bool is_broken_ = false;  ///< after a fatal error OpenSSL must not be asked to shut down
};

}  // namespace mailkeep::net
