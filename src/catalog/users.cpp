// SPDX-License-Identifier: Apache-2.0
// Who may sign in, and who is signed in.
#include "state.hpp"

namespace mailkeep::catalog {

/// A new password ends what was signed in with the old one.
void Catalog::State::apply(const Event& /*event*/, const UserSaved& saved) {
    database
        .statement(
            "DELETE FROM web_sessions WHERE user IN"
            " (SELECT name FROM users WHERE name = ? AND password_hash <> ?)")
        .bind(saved.name, saved.password_hash)
        .run();
    database
        .statement(
            "INSERT INTO users (name, password_hash) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET password_hash = excluded.password_hash")
        .bind(saved.name, saved.password_hash)
        .run();
}

void Catalog::State::apply(const Event& /*event*/, const UserRemoved& removed) {
    database.statement("DELETE FROM users WHERE name = ?").bind(removed.name).run();
}

std::vector<User> Catalog::users() const {
    auto row = state_->database.statement("SELECT name, password_hash FROM users ORDER BY name");
    std::vector<User> found;
    while (row.step()) {
        found.push_back({.name = row.text(), .password_hash = row.text()});
    }
    return found;
}

std::optional<User> Catalog::user(std::string_view name) const {
    auto row = state_->database.statement("SELECT name, password_hash FROM users WHERE name = ?");
    row.bind(name);
    if (!row.step()) {
        return std::nullopt;
    }
    return User{.name = row.text(), .password_hash = row.text()};
}

void Catalog::add_web_session(const WebSession& session) {
    state_->database
        .statement("INSERT INTO web_sessions (token, user, csrf, expires) VALUES (?, ?, ?, ?)")
        .bind(session.token, session.user, session.csrf, session.expires)
        .run();
}

std::optional<WebSession> Catalog::web_session(const Digest& token, Timestamp now) const {
    auto row = state_->database.statement(
        "SELECT token, user, csrf, expires FROM web_sessions WHERE token = ? AND expires > ?");
    row.bind(token, now);
    if (!row.step()) {
        return std::nullopt;
    }
    return WebSession{
        .token = row.digest(), .user = row.text(), .csrf = row.text(), .expires = row.timestamp()};
}

void Catalog::remove_web_session(const Digest& token) {
    state_->database.statement("DELETE FROM web_sessions WHERE token = ?").bind(token).run();
}

void Catalog::forget_expired_sessions(Timestamp now) {
    state_->database.statement("DELETE FROM web_sessions WHERE expires <= ?").bind(now).run();
}

}  // namespace mailkeep::catalog
