// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/accounts.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/service/sign_in.hpp"

#include "connector.hpp"

#include <algorithm>

namespace mailkeep::service {

namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t shortest_password = 8;

void require_name(const std::string& name, std::string_view noun) {
    const bool has_control = std::any_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (name.empty() || name.size() > longest_name || has_control || !is_valid_utf8(name) ||
        trim(name) != name) {
        throw Error(
            Errc::invalid,
            "\"" + to_valid_utf8(name) + "\" cannot be the name of " + std::string(noun),
            "Use 1 to 100 octets of UTF-8 without control characters or blanks at the ends.");
    }
}

void require_policy_that_fits(const Account& account) {
    if (account.server.protocol == Protocol::pop3 && account.server.user.starts_with("recent:") &&
        account.delete_policy.kind != DeletePolicy::Kind::never) {
        throw Error(Errc::invalid,
                    "with \"recent:\" Gmail shows the last 30 days to every program alike, and "
                    "nothing may be deleted there",
                    "Let the account delete from the server: never");
    }
}

archive::Batch batch_of(Depot& depot, decltype(Event::what) what) {
    archive::Batch batch;
    batch.add_event({depot.clock().now(), {}, std::move(what)});
    return batch;
}

void require_free_name(const catalog::Catalog& catalog, const Account& account) {
    const auto other = catalog.account_named(account.name);
    if (other && other->id != account.id) {
        throw Error(Errc::conflict, "there is an account \"" + account.name + "\" already",
                    "Choose another name, or change it with: mailkeep account set");
    }
}

}  // namespace

AccountId add_account(Depot& depot, Account account, const Secret& password) {
    require_name(account.name, "an account");
    require_policy_that_fits(account);
    depot.keeper().keep_with([&](const catalog::Catalog& catalog) {
        account.id = catalog.next_account_id();
        require_free_name(catalog, account);
        account.sealed_password = depot.vault().seal(account.id, "password", password);
        return batch_of(depot, AccountSaved{account});
    });
    return account.id;
}

void save_account(Depot& depot, Account account, const std::optional<Secret>& password) {
    require_name(account.name, "an account");
    require_policy_that_fits(account);
    depot.keeper().keep_with([&](const catalog::Catalog& catalog) {
        require_free_name(catalog, account);
        if (password) {
            account.sealed_password = depot.vault().seal(account.id, "password", *password);
        }
        return batch_of(depot, AccountSaved{account});
    });
}

void remove_account(Depot& depot, AccountId id) {
    depot.keeper().keep(batch_of(depot, AccountRemoved{id}));
}

void save_user(Depot& depot, const std::string& name, const Secret& password) {
    require_name(name, "a user");
    if (password.reveal().size() < shortest_password) {
        throw Error(Errc::invalid, "the password is shorter than 8 characters");
    }
    depot.keeper().keep(batch_of(depot, UserSaved{name, hash_password(password)}));
}

void remove_user(Depot& depot, const std::string& name) {
    if (!depot.open_catalog().user(name)) {
        throw Error(Errc::not_found, "there is no user \"" + name + "\"");
    }
    depot.keeper().keep(batch_of(depot, UserRemoved{name}));
}

ServerReport test_server(const Server& server, const Secret& password,
                         const std::stop_token& stop) {
    ServerReport report;
    if (server.protocol == Protocol::imap) {
        auto session = open_imap(server, password, stop);
        const auto& names = session.capabilities().names;
        report.capabilities.assign(names.begin(), names.end());
        for (const auto& entry : session.list()) {
            report.mailboxes.push_back(entry.name);
        }
        session.logout();
    } else {
        auto session = open_pop3(server, password, stop);
        report.capabilities.assign(session->capabilities().begin(), session->capabilities().end());
        report.messages = session->listing().size();
        static_cast<void>(session->quit());
    }
    return report;
}

}  // namespace mailkeep::service
