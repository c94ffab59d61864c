// SPDX-License-Identifier: Apache-2.0
#include "tls.hpp"

#include "mailkeep/base/text.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

namespace mailkeep::net {

namespace {

constexpr std::size_t most_names_shown = 3;
constexpr std::size_t longest_name_shown = 100;

constexpr std::string_view no_tls_hint =
    "The port may be one where TLS starts later: use the imap:// or pop3:// form for it, or the "
    "usual ports 993 (imaps) and 995 (pop3s).";

/// OpenSSL's own socket BIO writes with write(), which raises SIGPIPE when the peer is gone.
int send_without_signal(BIO* bio, const char* octets, int count) {
    int descriptor = -1;
    BIO_get_fd(bio, &descriptor);
    const auto sent = ::send(descriptor, octets, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (sent < 0 && BIO_sock_should_retry(static_cast<int>(sent)) != 0) {
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(sent);
}

BIO_METHOD* make_quiet_socket_method() {
    const BIO_METHOD* usual = BIO_s_socket();
    BIO_METHOD* quiet = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    BIO_meth_set_write(quiet, send_without_signal);
    BIO_meth_set_read(quiet, BIO_meth_get_read(usual));
    BIO_meth_set_puts(quiet, BIO_meth_get_puts(usual));
    BIO_meth_set_ctrl(quiet, BIO_meth_get_ctrl(usual));
    BIO_meth_set_create(quiet, BIO_meth_get_create(usual));
    BIO_meth_set_destroy(quiet, BIO_meth_get_destroy(usual));
    return quiet;
}

BIO* new_socket_bio(int descriptor) {
    static BIO_METHOD* const method = make_quiet_socket_method();
    BIO* bio = BIO_new(method);
    BIO_set_fd(bio, descriptor, BIO_NOCLOSE);
    return bio;
}

/// What OpenSSL says about the oldest error of this thread.
std::string reason_text() {
    const char* text = ERR_reason_error_string(ERR_peek_error());
    return text == nullptr ? "unknown reason" : text;
}

std::string fingerprint_of(const X509& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    X509_digest(&certificate, EVP_sha256(), digest.data(), &size);
    std::string octets(digest.begin(), digest.begin() + size);
    return to_hex(octets);
}

std::string date_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return "an unknown date";
    }
    return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

/// For a sentence: a certificate nobody vouches for may hold any octets.
std::string shown(const ASN1_STRING* name) {
    const auto* octets = ASN1_STRING_get0_data(name);
    std::string text(octets, octets + ASN1_STRING_length(name));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return std::string(clip(text, longest_name_shown));
}

std::string names_of(const X509& certificate) {
    std::vector<std::string> names;
    auto* const found = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(found) && names.size() < most_names_shown; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(found, i);
        if (name->type == GEN_DNS) {
            names.push_back(shown(name->d.dNSName));
        }
    }
    GENERAL_NAMES_free(found);
    return names.empty() ? "another host" : join(names, ", ");
}

Error certificate_error(const std::string& server, const std::string& host, const X509& certificate,
                        int objection, const std::string& pinned) {
    const std::string subject = "the certificate of " + server;
    const std::string found = fingerprint_of(certificate);
    const std::string pin = "If it is your server's, take it with --tls-fingerprint " + found;
    switch (objection) {
        case X509_V_ERR_APPLICATION_VERIFICATION:
            return {Errc::tls, subject + " has the fingerprint " + found + ", not " + pinned,
                    "If the server has a new certificate, give the account its fingerprint."};
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return {Errc::tls, subject + " expired on " + date_of(X509_get0_notAfter(&certificate)),
                    "Ask whoever runs the server to renew it, and check this machine's clock. " +
                        pin + "."};
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return {Errc::tls,
                    subject + " is not valid before " + date_of(X509_get0_notBefore(&certificate)),
                    "Check this machine's clock."};
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return {Errc::tls, subject + " is for " + names_of(certificate) + ", not for " + host,
                    "Use a host name that is in the certificate. " + pin + "."};
        default:
            return {Errc::tls,
                    subject + " is not trusted: " + X509_verify_cert_error_string(objection),
                    "Give the authority that signed it with --ca-file. " + pin + "."};
    }
}

bool says_no_tls(int reason) {
    return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
           reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_UNKNOWN_PROTOCOL;
}

bool says_old_tls(int reason) {
    return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION;
}

}  // namespace

std::string normal_fingerprint(std::string_view text) {
    std::string digits = to_lower_ascii(trim(text));
    std::erase(digits, ':');
    const auto octets = from_hex(digits);
    if (digits.empty() || (octets && octets->size() == 32)) {
        return digits;
    }
    throw Error(Errc::invalid, "not a SHA-256 fingerprint: " + std::string(clip(text, 100)),
                "It has 64 hexadecimal digits, with or without colons.");
}

Tls::Tls(Socket& socket, const std::string& host, const TlsPolicy& policy, Deadline deadline)
    : socket_(socket), host_(host) {
    inspection_.fingerprint_wanted = normal_fingerprint(policy.fingerprint);
    set_up_context(policy);
    set_up_session();
    shake_hands(deadline);
}

Tls::~Tls() = default;

/// Called by OpenSSL in place of its own check, so that the certificate is still at hand when it is
/// not taken, and so that a pinned one is asked for nothing else.
int Tls::inspect(X509_STORE_CTX* store, void* argument) {
    auto& inspection = *static_cast<Inspection*>(argument);
    X509* certificate = X509_STORE_CTX_get0_cert(store);
    X509_up_ref(certificate);
    inspection.certificate.reset(certificate);
    if (!inspection.fingerprint_wanted.empty()) {
        const bool is_wanted = fingerprint_of(*certificate) == inspection.fingerprint_wanted;
        inspection.objection = is_wanted ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION;
    } else if (X509_verify_cert(store) != 1) {
        inspection.objection = X509_STORE_CTX_get_error(store);
        if (inspection.objection == X509_V_OK) {
            inspection.objection = X509_V_ERR_UNSPECIFIED;
        }
    }
    X509_STORE_CTX_set_error(store, inspection.objection);
    return inspection.objection == X509_V_OK ? 1 : 0;
}

void Tls::set_up_context(const TlsPolicy& policy) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = context_.get();
    MAILKEEP_ASSERT(context != nullptr);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &Tls::inspect, &inspection_);
    if (policy.ca_file.empty()) {
        SSL_CTX_set_default_verify_paths(context);
        return;
    }
    // Whatever is in the file is trusted, be it an authority in the middle or the server's own.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    if (SSL_CTX_load_verify_file(context, policy.ca_file.c_str()) != 1) {
        throw Error(Errc::tls, "cannot read certificates from " + policy.ca_file,
                    "--ca-file takes a file with certificates in PEM form.");
    }
}

void Tls::set_up_session() {
    session_.reset(SSL_new(context_.get()));
    SSL* session = session_.get();
    MAILKEEP_ASSERT(session != nullptr);
    BIO* bio = new_socket_bio(socket_.descriptor());
    SSL_set_bio(session, bio, bio);
    X509_VERIFY_PARAM* parameters = SSL_get0_param(session);
    // An address is looked for among the addresses of the certificate, and is no server name
    // (RFC 6066 section 3).
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host_.c_str()) == 1) {
        return;
    }
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    MAILKEEP_ASSERT(X509_VERIFY_PARAM_set1_host(parameters, host_.data(), host_.size()) == 1);
    // SSL_set_tlsext_host_name(), whose macro casts in the old style.
    SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
}

void Tls::shake_hands(Deadline deadline) {
    for (;;) {
        ERR_clear_error();
        errno = 0;
        const int result = SSL_connect(session_.get());
        if (result == 1) {
            return;
        }
        const int error = SSL_get_error(session_.get(), result);
        const bool wants_read = error == SSL_ERROR_WANT_READ;
        if (!wants_read && error != SSL_ERROR_WANT_WRITE) {
            throw handshake_error(error);
        }
        if (!socket_.wait(wants_read ? Readiness::readable : Readiness::writable, deadline)) {
            throw Error(Errc::timeout, socket_.name() + " did not answer the TLS handshake in time",
                        std::string(no_tls_hint));
        }
    }
}

Error Tls::handshake_error(int error) const {
    const int system_error = errno;
    const std::string& server = socket_.name();
    if (inspection_.objection != X509_V_OK) {
        return certificate_error(server, host_, *inspection_.certificate, inspection_.objection,
                                 inspection_.fingerprint_wanted);
    }
    const int reason = ERR_GET_REASON(ERR_peek_error());
    if (error == SSL_ERROR_SYSCALL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        const bool is_end = error != SSL_ERROR_SYSCALL || system_error == 0;
        return {Errc::network,
                server + " ended the TLS handshake: " +
                    (is_end ? "it closed the connection" : system_text(system_error)),
                std::string(no_tls_hint)};
    }
    if (says_no_tls(reason)) {
        return {Errc::tls, server + " does not speak TLS at this port", std::string(no_tls_hint)};
    }
    if (says_old_tls(reason)) {
        return {Errc::tls, server + " offers no TLS of version 1.2 or later",
                "The server is too old to be talked to safely; it has to be updated."};
    }
    return {Errc::tls, "the TLS handshake with " + server + " failed: " + reason_text()};
}

void Tls::go_on_after(int error, Deadline deadline) {
    const int system_error = errno;
    if (error == SSL_ERROR_WANT_READ) {
        return socket_.expect(Readiness::readable, deadline);
    }
    if (error == SSL_ERROR_WANT_WRITE) {
        return socket_.expect(Readiness::writable, deadline);
    }
    is_broken_ = true;
    const bool is_cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ||
                        (error == SSL_ERROR_SYSCALL && system_error == 0);
    if (is_cut) {
        throw Error(Errc::network, socket_.name() + " cut the connection short");
    }
    throw Error(Errc::network, socket_.name() + ": " +
                                   (error == SSL_ERROR_SYSCALL ? system_text(system_error)
                                                               : "TLS failed: " + reason_text()));
}

std::size_t Tls::read_some(std::span<char> into, Deadline deadline) {
    socket_.check();
    for (;;) {
        ERR_clear_error();
        errno = 0;
        std::size_t count = 0;
        const int result = SSL_read_ex(session_.get(), into.data(), into.size(), &count);
        if (result == 1) {
            return count;
        }
        const int error = SSL_get_error(session_.get(), result);
        if (error == SSL_ERROR_ZERO_RETURN) {
            return 0;
        }
        go_on_after(error, deadline);
    }
}

void Tls::write_all(std::string_view octets, std::chrono::milliseconds idle) {
    socket_.check();
    Deadline deadline = deadline_in(idle);
    while (!octets.empty()) {
        ERR_clear_error();
        errno = 0;
        std::size_t count = 0;
        const int result = SSL_write_ex(session_.get(), octets.data(), octets.size(), &count);
        if (result == 1) {
            octets.remove_prefix(count);
            deadline = deadline_in(idle);
            socket_.check();
        } else {
            go_on_after(SSL_get_error(session_.get(), result), deadline);
        }
    }
}

// tls-unique is the client's Finished message, for no session is ever resumed here. It binds
// nothing on TLS 1.2 without the extended master secret (RFC 7627); on TLS 1.3 it is not defined,
// but it is all that Cyrus 3.6 takes.
std::vector<ChannelBinding> Tls::channel_bindings() const {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    SSL* session = session_.get();
    const bool is_new = SSL_version(session) >= TLS1_3_VERSION;
    std::vector<ChannelBinding> bindings;
    std::string exported(32, '\0');
    if (is_new && SSL_export_keying_material(
                      session, reinterpret_cast<unsigned char*>(exported.data()), exported.size(),
                      label.data(), label.size(), nullptr, 0, 1) == 1) {
        bindings.push_back({"tls-exporter", exported});
    }
    std::string finished(EVP_MAX_MD_SIZE, '\0');
    finished.resize(SSL_get_finished(session, finished.data(), finished.size()));
    // SSL_get_extms_support(), whose macro casts in the old style.
    const bool is_unique = SSL_ctrl(session, SSL_CTRL_GET_EXTMS_SUPPORT, 0, nullptr) == 1;
    if (!finished.empty() && (is_new || is_unique)) {
        bindings.push_back({"tls-unique", finished});
    }
    return bindings;
}

void Tls::shut_down() noexcept {
    if (is_broken_) {
        return;
    }
    SSL_shutdown(session_.get());
    ERR_clear_error();
}

}  // namespace mailkeep::net
