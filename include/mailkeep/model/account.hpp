// SPDX-License-Identifier: Apache-2.0
// An account: one remote login, when it runs, what may be deleted there and how long mail is kept.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/model/ids.hpp"
#include "mailkeep/model/retention.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep {

enum class Protocol { imap, pop3 };

/// tls: TLS on connect (RFC 8314). starttls: STARTTLS or STLS, refused without. plaintext: tests.
enum class Security { tls, starttls, plaintext };

/// A password or token. Never prints; wiped when it goes.
class Secret {
  public:
    Secret() = default;

    explicit Secret(std::string text) : text_(std::move(text)) {}

    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(const Secret&) = default;
    Secret& operator=(Secret&&) noexcept = default;
    ~Secret();

    /// The text itself. Only what speaks to a server, the vault and the password hash may ask.
    [[nodiscard]] const std::string& reveal() const { return text_; }

    [[nodiscard]] bool empty() const { return text_.empty(); }

  private:
    std::string text_;
};

/// How to reach a server and be sure that it is the one meant.
struct Server {
    Protocol protocol = Protocol::imap;
    Security security = Security::tls;
    std::string host;
    std::uint16_t port = 0;
    std::string user;
    std::string ca_file;          ///< empty: the system's certificates
    std::string tls_fingerprint;  ///< SHA-256 of the certificate in hex; empty: not pinned

    friend bool operator==(const Server&, const Server&) = default;
};

/// What proves who logs in: a password, the same by APOP (POP3, only where it is asked for), or an
/// access token of OAuth 2.
enum class Proof { password, apop, token };

/// One login, opened for one session.
struct Credentials {
    std::string user;
    Secret secret;
    Proof proof = Proof::password;
    std::string host;  ///< of the server, told along with a token; empty: not told
    std::uint16_t port = 0;
};

/// "imaps://user@host:port". Default ports are left out.
[[nodiscard]] std::string to_url(const Server& server);

/// imap(s)://user@host[:port] or pop3(s)://…; user may be percent-encoded. The plain schemes mean
/// STARTTLS/STLS. Throws Error{invalid} naming what is wrong; a password in the URL is refused.
[[nodiscard]] Server server_from_url(std::string_view url);

/// What may be deleted on the server: never; once archived; once archived for `days`.
struct DeletePolicy {
    enum class Kind { never, archived, days };
    Kind kind = Kind::never;
    int days = 0;

    friend bool operator==(const DeletePolicy&, const DeletePolicy&) = default;
};

/// "never", "archived", "30d". Throws Error{invalid}.
[[nodiscard]] DeletePolicy delete_policy_from_text(std::string_view text);
[[nodiscard]] std::string to_text(const DeletePolicy& policy);

/// "@every 15m" (s, m, h, d), or "manual" for never by itself. Throws Error{invalid}.
struct Schedule {
    std::chrono::seconds every{0};  ///< 0: only when asked

    friend bool operator==(const Schedule&, const Schedule&) = default;
};

[[nodiscard]] Schedule schedule_from_text(std::string_view text);
[[nodiscard]] std::string to_text(const Schedule& schedule);

/// How an account logs in. automatic: by tokens when it knows where to get them, else by password.
enum class Auth { automatic, password, apop, oauth };

/// "auto", "password", "apop", "oauth".
[[nodiscard]] std::string_view name_of(Auth auth);
[[nodiscard]] std::optional<Auth> auth_named(std::string_view name);

/// Who asks for access tokens, and where (RFC 6749). Nothing secret.
struct OAuthClient {
    std::string client_id;
    std::string token_url;  ///< https; http only on loopback

    friend bool operator==(const OAuthClient&, const OAuthClient&) = default;
};

struct Account {
    AccountId id;
    std::string name;
    Server server;
    Auth auth = Auth::automatic;
    OAuthClient oauth;
    std::string sealed_password;       ///< or tokens; octets of service::Vault; empty: none kept
    std::vector<std::string> include;  ///< mailbox patterns with * and ?; empty: all
    std::vector<std::string> exclude;
    std::vector<std::string> watch{"INBOX"};  ///< IMAP: mailboxes followed while a service runs
    Schedule schedule{std::chrono::hours{1}};
    DeletePolicy delete_policy;
    RetentionPolicy retention;

    friend bool operator==(const Account&, const Account&) = default;
};

/// Whether there is one to ask. An account that only holds what was imported has none yet.
[[nodiscard]] bool has_server(const Account& account);

/// Whether what is sealed are tokens, not a password.
[[nodiscard]] bool uses_tokens(const Account& account);

/// The mailboxes to follow from names that were given; "none" is none. Throws Error{invalid}.
[[nodiscard]] std::vector<std::string> watch_from_names(std::vector<std::string> names);

/// What a service follows of it: nothing over POP3, nor when it runs only when asked.
[[nodiscard]] std::vector<std::string> watched_mailboxes(const Account& account);

/// Whether the account's patterns take this mailbox (UTF-8 name). Exclude wins.
[[nodiscard]] bool wants_mailbox(const Account& account, std::string_view name);

}  // namespace mailkeep
