// SPDX-License-Identifier: Apache-2.0
// Accounts: settings by number. A removed one keeps its row, because its mail keeps its name.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "state.hpp"

#include <algorithm>
#include <array>

namespace mailkeep::catalog {

namespace {

constexpr std::array<std::string_view, 2> protocols{"imap", "pop3"};
constexpr std::array<std::string_view, 3> securities{"tls", "starttls", "plaintext"};

constexpr std::string_view account_columns =
    "SELECT id, name, protocol, security, host, port, user, ca_file, tls_fingerprint,"
    " sealed_password, include, exclude, schedule, delete_policy, keep, keep_from, keep_mailboxes,"
    " auth, oauth_client_id, oauth_token_url, watch FROM accounts WHERE is_removed = 0";

template <class Value, std::size_t Size>
Value value_in(const std::array<std::string_view, Size>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    MAILKEEP_ASSERT(found != names.end());
    return static_cast<Value>(found - names.begin());
}

/// Every pattern with a line feed behind it, so that one empty pattern is not none.
std::string to_lines(const std::vector<std::string>& patterns) {
    std::string text;
    for (const auto& pattern : patterns) {
        text.append(pattern).append("\n");
    }
    return text;
}

std::vector<std::string> from_lines(std::string_view text) {
    const auto pieces = split(text, '\n');
    return {pieces.begin(), std::prev(pieces.end())};
}

RetentionPolicy read_retention(Statement& row) {
    RetentionPolicy policy;
    policy.keep = keep_rule_from_text(row.text());
    const auto from = keep_from_named(row.text());
    MAILKEEP_ASSERT(from.has_value());
    policy.from = *from;
    for (const auto& line : from_lines(row.text())) {
        policy.mailboxes.push_back(mailbox_rule_from_text(line));
    }
    return policy;
}

std::string to_lines(const std::vector<MailboxRule>& rules) {
    std::string text;
    for (const auto& rule : rules) {
        text.append(to_text(rule)).append("\n");
    }
    return text;
}

Account read_account(Statement& row) {
    Account account;
    account.id = row.id<AccountId>();
    account.name = row.text();
    account.server.protocol = value_in<Protocol>(protocols, row.text());
    account.server.security = value_in<Security>(securities, row.text());
    account.server.host = row.text();
    account.server.port = row.number<std::uint16_t>();
    account.server.user = row.text();
    account.server.ca_file = row.text();
    account.server.tls_fingerprint = row.text();
    account.sealed_password = row.text();
    account.include = from_lines(row.text());
    account.exclude = from_lines(row.text());
    account.schedule = schedule_from_text(row.text());
    account.delete_policy = delete_policy_from_text(row.text());
    account.retention = read_retention(row);
    const auto auth = auth_named(row.text());
    MAILKEEP_ASSERT(auth.has_value());
    account.auth = *auth;
    account.oauth.client_id = row.text();
    account.oauth.token_url = row.text();
    account.watch = from_lines(row.text());
    return account;
}

std::optional<Account> read_one(Statement row) {
    return row.step() ? std::optional(read_account(row)) : std::nullopt;
}

}  // namespace

void Catalog::State::apply(const Event& /*event*/, const AccountSaved& saved) {
    const auto& account = saved.account;
    const auto& server = account.server;
    ensure_account(account.id);
    database
        .statement(
            "UPDATE accounts SET name = ?, protocol = ?, security = ?, host = ?, port = ?,"
            " user = ?, ca_file = ?, tls_fingerprint = ?, sealed_password = ?, include = ?,"
            " exclude = ?, schedule = ?, delete_policy = ?, keep = ?, keep_from = ?,"
            " keep_mailboxes = ?, auth = ?, oauth_client_id = ?, oauth_token_url = ?,"
            " watch = ?, is_removed = 0 WHERE id = ?")
        .bind(account.name, protocols.at(static_cast<std::size_t>(server.protocol)),
              securities.at(static_cast<std::size_t>(server.security)), server.host, server.port,
              server.user, server.ca_file, server.tls_fingerprint, Octets{account.sealed_password},
              to_lines(account.include), to_lines(account.exclude), to_text(account.schedule),
              to_text(account.delete_policy), to_text(account.retention.keep),
              name_of(account.retention.from), to_lines(account.retention.mailboxes),
              name_of(account.auth), account.oauth.client_id, account.oauth.token_url,
              to_lines(account.watch), account.id)
        .run();
    forget_cursors(account.id);  // it may be another server now
}

void Catalog::State::apply(const Event& /*event*/, const AccountRemoved& removed) {
    ensure_account(removed.account);
    database.statement("UPDATE accounts SET is_removed = 1, sealed_password = x'' WHERE id = ?")
        .bind(removed.account)
        .run();
}

/// Mail may name an account that was never saved; it must not be lost for that.
void Catalog::State::ensure_account(AccountId id) {
    database
        .statement(
            "INSERT OR IGNORE INTO accounts (id, name, protocol, security, host, port, user,"
            " ca_file, tls_fingerprint, sealed_password, include, exclude, schedule,"
            " delete_policy, is_removed)"
            " VALUES (?1, 'account ' || ?1, 'imap', 'tls', '', 0, '', '', '', x'', '', '',"
            " 'manual', 'never', 1)")
        .bind(id)
        .run();
}

std::vector<Account> Catalog::accounts() const {
    auto row =
        state_->database.statement(std::string(account_columns).append(" ORDER BY name, id"));
    std::vector<Account> found;
    while (row.step()) {
        found.push_back(read_account(row));
    }
    return found;
}

std::optional<Account> Catalog::account(AccountId id) const {
    auto row = state_->database.statement(std::string(account_columns).append(" AND id = ?"));
    row.bind(id);
    return read_one(std::move(row));
}

std::optional<Account> Catalog::account_named(std::string_view name) const {
    auto row = state_->database.statement(
        std::string(account_columns).append(" AND name = ? ORDER BY id LIMIT 1"));
    row.bind(name);
    return read_one(std::move(row));
}

AccountId Catalog::next_account_id() const {
    auto row = state_->database.statement("SELECT coalesce(max(id), 0) + 1 FROM accounts");
    MAILKEEP_ASSERT(row.step());
    return row.id<AccountId>();
}

}  // namespace mailkeep::catalog
