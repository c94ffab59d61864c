// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/accounts.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/base/uri.hpp"
#include "mailkeep/service/sign_in.hpp"

#include "connector.hpp"
#include "tokens.hpp"

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

/// A token goes over nothing that others read, and APOP is of POP3.
void require_login(const Account& account) {
    if (account.auth == Auth::apop && account.server.protocol != Protocol::pop3) {
        throw Error(Errc::invalid, "only POP3 has APOP", "Leave --auth at auto.");
    }
    const auto& [client_id, token_url] = account.oauth;
    if (token_url.empty() && client_id.empty()) {
        return;
    }
    if (token_url.empty() || client_id.empty()) {
        throw Error(Errc::invalid, "tokens are renewed with a client id and a token URL",
                    "Give both --oauth-client-id and --oauth-token-url.");
    }
    const auto url = parse_uri(token_url);
    const bool is_here = url && (url->host == "localhost" || url->host == "127.0.0.1");
    if (!url || url->host.empty() ||
        !(url->scheme == "https" || (url->scheme == "http" && is_here))) {
        throw Error(Errc::invalid, "\"" + to_valid_utf8(token_url) + "\" is no https address",
                    "Give the token URL of the authority, such as https://login.example/token");
    }
}

/// Tokens are kept in one form, with the moment at which they end.
Secret secret_to_keep(const Account& account, const Secret& given, Timestamp now) {
    if (!uses_tokens(account)) {
        return given;
    }
    const auto tokens = tokens_from_text(given, now);
    if (!tokens.refresh.empty() && account.oauth.token_url.empty()) {
        throw Error(Errc::invalid, "a refresh token is of no use without a token URL",
                    "Give both --oauth-client-id and --oauth-token-url.");
    }
    return to_text(tokens);
}

/// A password must never go to an authority in place of a token, nor a token to a mail server in
/// place of a password.
void require_kept_of_kind(const catalog::Catalog& catalog, const Account& account) {
    const auto before = catalog.account(account.id);
    if (before && !before->sealed_password.empty() &&
        uses_tokens(*before) != uses_tokens(account)) {
        throw Error(Errc::invalid,
                    "between passwords and tokens nothing that is kept can be taken along",
                    "Give the new secret with this change: --password-file FILE");
    }
}

ServerReport report_of(imap::ReadSession session) {
    ServerReport report;
    const auto& names = session.capabilities().names;
    report.capabilities.assign(names.begin(), names.end());
    for (const auto& entry : session.list()) {
        report.mailboxes.push_back(entry.name);
    }
    session.logout();
    return report;
}

ServerReport report_of(pop3::Session& session) {
    ServerReport report;
    report.capabilities.assign(session.capabilities().begin(), session.capabilities().end());
    report.messages = session.listing().size();
    static_cast<void>(session.quit());
    return report;
}

}  // namespace

AccountId add_account(Depot& depot, Account account, const Secret& secret) {
    require_name(account.name, "an account");
    require_policy_that_fits(account);
    require_login(account);
    const auto kept = secret_to_keep(account, secret, depot.clock().now());
    depot.keeper().keep_with([&](const catalog::Catalog& catalog) {
        account.id = catalog.next_account_id();
        require_free_name(catalog, account);
        account.sealed_password = depot.vault().seal(account.id, "password", kept);
        return batch_of(depot, AccountSaved{account});
    });
    return account.id;
}

AccountId account_to_import_into(Depot& depot, const std::string& name) {
    if (const auto known = depot.open_catalog().account_named(name)) {
        return known->id;
    }
    require_name(name, "an account");
    Account account;
    account.name = name;
    depot.keeper().keep_with([&](const catalog::Catalog& catalog) {
        account.id = catalog.next_account_id();
        require_free_name(catalog, account);
        return batch_of(depot, AccountSaved{account});
    });
    return account.id;
}

void save_account(Depot& depot, Account account, const std::optional<Secret>& secret) {
    require_name(account.name, "an account");
    require_policy_that_fits(account);
    require_login(account);
    std::optional<Secret> kept;
    if (secret) {
        kept = secret_to_keep(account, *secret, depot.clock().now());
    }
    depot.keeper().keep_with([&](const catalog::Catalog& catalog) {
        require_free_name(catalog, account);
        if (kept) {
            account.sealed_password = depot.vault().seal(account.id, "password", *kept);
        } else {
            require_kept_of_kind(catalog, account);
        }
        return batch_of(depot, AccountSaved{account});
    });
}

void remove_account(Depot& depot, AccountId id) {
    depot.keeper().keep(batch_of(depot, AccountRemoved{id}));
}

std::uint64_t accept_losses(Depot& depot, AccountId id) {
    return depot.open_catalog().accept_losses(id, depot.clock().now());
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
    if (server.protocol == Protocol::imap) {
        return report_of(open_imap(server, password, stop));
    }
    return report_of(*open_pop3(server, password, stop));
}

ServerReport test_account(Depot& depot, const Account& account, const std::stop_token& stop) {
    if (!has_server(account)) {
        throw Error(Errc::invalid, "account " + account.name + " has no server",
                    "Give it one: mailkeep account set NAME --url URL");
    }
    if (account.server.protocol == Protocol::imap) {
        return report_of(open_imap(depot, account, stop));
    }
    return report_of(*open_pop3(depot, account, stop));
}

}  // namespace mailkeep::service
