// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/sign_in.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/service/accounts.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace mailkeep::service {

namespace {

constexpr unsigned long long argon_passes = 3;
constexpr std::size_t argon_octets = 64U << 20U;
constexpr std::size_t token_octets = 32;
constexpr std::chrono::hours session_length{24 * 7};
constexpr int free_guesses = 5;
constexpr std::chrono::seconds longest_wait{15 * 60};

/// One hash at a time: each takes 64 MiB, and a crowd at the door must not take the house down.
std::mutex& hash_mutex() {
    static std::mutex mutex;
    return mutex;
}

void require_sodium() {
    if (sodium_init() < 0) {
        throw Error(Errc::internal, "libsodium does not start");
    }
}

/// What is verified when there is no such user, so that both cases take the same time.
const std::string& nobody_hash() {
    static const std::string hash = hash_password(Secret(random_octets(token_octets)));
    return hash;
}

/// 4 groups of 4 digits and letters that cannot be mixed up.
std::string new_setup_code() {
    constexpr std::string_view letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    std::string code;
    for (const char c : random_octets(16)) {
        if (code.size() % 5 == 4) {
            code += '-';
        }
        code += letters[static_cast<unsigned char>(c) % letters.size()];
    }
    return code;
}

}  // namespace

std::string hash_password(const Secret& password) {
    require_sodium();
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    const std::lock_guard lock(hash_mutex());
    if (crypto_pwhash_str_alg(hash.data(), password.reveal().data(), password.reveal().size(),
                              argon_passes, argon_octets, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        throw Error(Errc::storage, "not enough memory to hash a password");
    }
    return hash.data();
}

bool verify_password(const std::string& hash, const Secret& password) {
    require_sodium();
    const std::lock_guard lock(hash_mutex());
    return crypto_pwhash_str_verify(hash.c_str(), password.reveal().data(),
                                    password.reveal().size()) == 0;
}

SignIn::SignIn(Depot& depot) : depot_(depot) {
    auto catalog = depot.open_catalog();
    catalog.forget_expired_sessions(depot.clock().now());
    if (catalog.users().empty()) {
        setup_code_ = new_setup_code();
    }
}

std::string SignIn::setup_code() const {
    const std::lock_guard lock(mutex_);
    return setup_code_;
}

void SignIn::set_up(const std::string& code, const std::string& user, const Secret& password) {
    require_patience("setup");
    std::string expected;
    {
        const std::lock_guard lock(mutex_);
        expected = setup_code_;
    }
    if (expected.empty() || !depot_.open_catalog().users().empty()) {
        throw Error(Errc::conflict, "this archive is set up already", "Sign in instead.");
    }
    const bool is_right = equals_in_constant_time(to_upper_ascii(trim(code)), expected);
    note_guess("setup", is_right);
    if (!is_right) {
        throw Error(Errc::authentication, "the set-up code is wrong",
                    "It stands in the output of mailkeep serve.");
    }
    save_user(depot_, user, password);
    const std::lock_guard lock(mutex_);
    setup_code_.clear();
}

Session SignIn::sign_in(const std::string& user, const Secret& password, const std::string& peer) {
    const std::array keys{"user " + user, "peer " + peer};
    for (const auto& key : keys) {
        require_patience(key);
    }
    auto catalog = depot_.open_catalog();
    const auto known = catalog.user(user);
    const bool is_right =
        verify_password(known ? known->password_hash : nobody_hash(), password) && known;
    for (const auto& key : keys) {
        note_guess(key, is_right);
    }
    if (!is_right) {
        throw Error(Errc::authentication, "user name or password is wrong", "");
    }
    Session session{to_hex(random_octets(token_octets)), to_hex(random_octets(token_octets)), user,
                    depot_.clock().now() + session_length};
    catalog.add_web_session({sha256(session.token), user, session.csrf, session.expires});
    return session;
}

std::optional<catalog::WebSession> SignIn::session(std::string_view token) const {
    return depot_.lend_catalog()->web_session(sha256(token), depot_.clock().now());
}

void SignIn::sign_out(std::string_view token) {
    depot_.open_catalog().remove_web_session(sha256(token));
}

void SignIn::require_patience(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto now = depot_.clock().now();
    std::erase_if(guesses_,
                  [&](const auto& entry) { return entry.second.until + longest_wait < now; });
    const auto found = guesses_.find(key);
    if (found != guesses_.end() && found->second.until > now) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
        throw Error(Errc::refused, "too many wrong guesses",
                    "Wait " + std::to_string(left.count()) + " seconds.");
    }
}

/// After some free guesses each wrong one doubles the wait.
void SignIn::note_guess(const std::string& key, bool was_right) {
    const std::lock_guard lock(mutex_);
    if (was_right) {
        guesses_.erase(key);
        return;
    }
    auto& guesses = guesses_[key];
    ++guesses.wrong;
    const auto doublings = std::clamp(guesses.wrong - free_guesses, 0, 10);
    const auto wait = guesses.wrong < free_guesses ? std::chrono::seconds{0}
                                                   : std::chrono::seconds{1 << doublings};
    guesses.until = depot_.clock().now() + std::min(wait, longest_wait);
}

}  // namespace mailkeep::service
