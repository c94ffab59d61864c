// SPDX-License-Identifier: Apache-2.0
// SASL (RFC 4422) from the client's side: one exchange as a value, no stream in here. Lines are in
// base64, as IMAP (RFC 9051), POP3 (RFC 5034) carry them. PLAIN (RFC 4616), CRAM-MD5 (RFC 2195),
// SCRAM-SHA-1 and SCRAM-SHA-256, also with channel binding (RFC 5802, RFC 7677, RFC 9266), XOAUTH2
// (Google's) and OAUTHBEARER (RFC 7628). User names and passwords go as the UTF-8 they are:
// SASLprep (RFC 4013) changes nothing in ASCII, and no library of this house does the rest.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/net/stream.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::net {

enum class SaslMechanism {
    plain,
    cram_md5,
    scram_sha_1,
    scram_sha_1_plus,
    scram_sha_256,
    scram_sha_256_plus,
    xoauth2,
    oauthbearer,
};

/// As in the registry, "SCRAM-SHA-256-PLUS".
[[nodiscard]] std::string_view name_of(SaslMechanism mechanism);

/// What SCRAM tells the server about channel binding (RFC 5802 section 6): we cannot; we could, but
/// you did not offer it, so that a server that did learns of whoever took the offer away; or this
/// one.
struct SaslBinding {
    enum class Kind { impossible, not_offered, bound };
    Kind kind = Kind::impossible;
    ChannelBinding channel;  ///< of bound
};

/// 18 octets of chance in base64; tests give their own.
[[nodiscard]] std::string new_sasl_nonce();

/// One exchange: initial_response() with the command or answer() to the server's first, empty line;
/// answer() to each further one; at the server's OK, is_complete() decides.
class SaslClient {
  public:
    SaslClient(SaslMechanism mechanism, const Credentials& credentials, SaslBinding binding = {},
               std::string nonce = new_sasl_nonce());
    ~SaslClient();
    SaslClient(SaslClient&&) noexcept;
    SaslClient& operator=(SaslClient&&) noexcept;

    /// Nothing where the server speaks first, and when it is longer than `most` octets: then it is
    /// the answer to an empty line.
    [[nodiscard]] std::optional<Secret> initial_response(std::size_t most = std::string::npos);

    /// Nothing when the line cannot be answered; fault() tells why, and the exchange is to be
    /// cancelled. A server may ask once more for the response that came with the command.
    [[nodiscard]] std::optional<Secret> answer(std::string_view line);

    [[nodiscard]] const std::optional<Error>& fault() const;

    /// Whether a refusal is one of the credentials: the server has been given the proof.
    [[nodiscard]] bool has_proven() const;

    /// Whether an OK may be believed: all is said, and a server that has to prove itself has.
    [[nodiscard]] bool is_complete() const;

    /// The status with which an access token was refused, "401" or "invalid_token"; empty: none.
    [[nodiscard]] const std::string& refusal() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What a server takes, as told in the state of the connection that the login is made in.
struct LoginOffer {
    std::set<std::string> mechanisms;  ///< names in upper case
    bool has_command = false;          ///< LOGIN, or USER and PASS, may be sent
    bool is_encrypted = false;
    std::vector<ChannelBinding> bindings;  ///< of the stream
};

/// One way to log in. Without a mechanism: LOGIN, or USER and PASS.
struct LoginWay {
    std::optional<SaslMechanism> mechanism;
    SaslBinding binding;
};

/// What to try, best first: the next is for a server that turns one away before it was given any
/// proof; a refusal after that is one of the credentials, and final, unless it
/// may_be_of_the_binding(). Empty: nothing in common.
///
///   password, with TLS:     the best SCRAM (256 bound, 256, 1 bound, 1), PLAIN, the command,
///                           CRAM-MD5
///   password, without TLS:  the best SCRAM, CRAM-MD5, PLAIN, the command
///   token:                  OAUTHBEARER, XOAUTH2
///
/// A bound SCRAM is tried with each binding there is, then unbound. Requires: not APOP.
[[nodiscard]] std::vector<LoginWay> plan_login(Proof proof, const LoginOffer& offer);

/// Whether a server that was given the proof may have refused the channel binding, and not the
/// password: Cyrus 3.6 takes tls-unique only, and says the same either way. Not when the next way
/// would do without. Requires: `way` is one of `ways`.
[[nodiscard]] bool may_be_of_the_binding(const std::vector<LoginWay>& ways, const LoginWay& way);

/// Where a refusal may be the user's consent that has ended.
inline constexpr std::string_view refused_token_hint =
    "Give the account new tokens: mailkeep account set NAME --password-file FILE";

/// For a server that says OK before its exchange is_complete().
[[nodiscard]] Error unproven_server();

}  // namespace mailkeep::net
