// SPDX-License-Identifier: Apache-2.0
// Who may enter the page: argon2id passwords, random session tokens, a limit on guesses.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/model/account.hpp"
#include "mailkeep/service/depot.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::service {

/// libsodium's argon2id in PHC form.
[[nodiscard]] std::string hash_password(const Secret& password);
[[nodiscard]] bool verify_password(const std::string& hash, const Secret& password);

/// What a browser holds after signing in.
struct Session {
    std::string token;  ///< 256 random bits in hex; only its digest is kept
    std::string csrf;
    std::string user;
    Timestamp expires{};
};

/// Any thread. Borrows the depot.
class SignIn {
  public:
    explicit SignIn(Depot& depot);

    /// The one-time code that makes the first user; empty once there is one.
    [[nodiscard]] std::string setup_code() const;
    /// Makes the first user. Error{authentication} for a wrong code, Error{conflict} when there is
    /// a user already.
    void set_up(const std::string& code, const std::string& user, const Secret& password);

    /// Error{authentication} when user or password is wrong; Error{refused} with the seconds to
    /// wait after too many wrong guesses from this peer or for this user.
    [[nodiscard]] Session sign_in(const std::string& user, const Secret& password,
                                  const std::string& peer);
    /// Nothing when the token is unknown or expired.
    [[nodiscard]] std::optional<catalog::WebSession> session(std::string_view token) const;
    void sign_out(std::string_view token);

  private:
    struct Guesses {
        int wrong = 0;
        Timestamp until{};
    };

    void require_patience(const std::string& key);
    void note_guess(const std::string& key, bool was_right);

    Depot& depot_;
    mutable std::mutex mutex_;  // guards guesses_ and setup_code_
    std::map<std::string, Guesses> guesses_;
    std::string setup_code_;
};

}  // namespace mailkeep::service
