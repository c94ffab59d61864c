// SPDX-License-Identifier: Apache-2.0
// Accounts and users: settings are events in the archive like everything else.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/service/depot.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::service {

/// Gives the account its id and keeps it. The secret is a password or, where it uses tokens, what
/// tokens are given as (README). Error{conflict} when the name is taken, Error{invalid} for a name
/// that is empty, too long or holds control characters, and for a way to log in that cannot be.
AccountId add_account(Depot& depot, Account account, const Secret& secret);

/// The account of this name; one that is not there yet is made, without a server.
AccountId account_to_import_into(Depot& depot, const std::string& name);

/// Keeps the account's new settings; a secret replaces the kept one.
void save_account(Depot& depot, Account account, const std::optional<Secret>& secret);

/// The settings go, the mail stays.
void remove_account(Depot& depot, AccountId id);

/// Accepts the losses that wait for a person; the next run notes them as gone. Returns how many.
std::uint64_t accept_losses(Depot& depot, AccountId id);

/// Makes the user or gives it another password. Error{invalid} for a short password (under 8).
void save_user(Depot& depot, const std::string& name, const Secret& password);

void remove_user(Depot& depot, const std::string& name);

/// What a server offers, learnt by logging in and out again.
struct ServerReport {
    std::vector<std::string> capabilities;
    std::vector<std::string> mailboxes;     ///< IMAP
    std::optional<std::uint64_t> messages;  ///< POP3: in the maildrop
};

[[nodiscard]] ServerReport test_server(const Server& server, const Secret& password,
                                       const std::stop_token& stop);
/// With what the account keeps.
[[nodiscard]] ServerReport test_account(Depot& depot, const Account& account,
                                        const std::stop_token& stop);

}  // namespace mailkeep::service
