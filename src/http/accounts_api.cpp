// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/json.hpp"
#include "mailkeep/api/requests.hpp"
#include "mailkeep/service/accounts.hpp"

#include "api.hpp"

#include <fmt/core.h>

namespace mailkeep::http {

namespace {

Account account_captured(const catalog::Catalog& catalog, const Request& request) {
    const AccountId id{number_captured(request, 0, "account")};
    const std::optional<Account> account = catalog.account(id);
    if (!account) {
        throw Error(Errc::not_found, fmt::format("There is no account {}.", id.value));
    }
    return *account;
}

std::string account_json(Api& api, const catalog::Catalog& catalog, const Account& account) {
    return api::account_json(api::view_of(account, catalog, api.depot.clock().now()));
}

}  // namespace

Reply list_accounts(Api& api, const Request&) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    return json(200, api::accounts_json(api::account_views(catalog, api.depot.clock().now())));
}

Reply show_account(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    return json(200, account_json(api, catalog, account_captured(catalog, request)));
}

Reply add_account(Api& api, const Request& request) {
    api::AccountRequest wanted = api::account_request(request.body);
    wanted.account.id = service::add_account(api.depot, wanted.account, wanted.password);
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    const Account account = catalog.account(wanted.account.id).value_or(wanted.account);
    return json(201, account_json(api, catalog, account))
        .with("Location", fmt::format("/api/v1/accounts/{}", account.id.value));
}

Reply remove_account(Api& api, const Request& request) {
    const Account account = account_captured(api.depot.open_catalog(), request);
    if (api.runner.is_busy(account.id)) {
        throw Error(Errc::conflict, "A backup of this account is under way.",
                    "Cancel it first, or wait until it ends.");
    }
    service::remove_account(api.depot, account.id);
    return no_content();
}

Reply test_new_account(Api& api, const Request& request) {
    const api::ServerRequest wanted = api::server_request(request.body);
    return json(200, api::server_report_json(service::test_server(wanted.server, wanted.password,
                                                                  api.stop.get_token())));
}

Reply test_account(Api& api, const Request& request) {
    const Account account = account_captured(api.depot.open_catalog(), request);
    return json(200, api::server_report_json(
                         service::test_account(api.depot, account, api.stop.get_token())));
}

Reply accept_losses(Api& api, const Request& request) {
    const Account account = account_captured(api.depot.open_catalog(), request);
    const std::uint64_t accepted = service::accept_losses(api.depot, account.id);
    return json(200, api::object({{"accepted", accepted}}));
}

Reply back_up_account(Api& api, const Request& request) {
    const AccountId id{number_captured(request, 0, "account")};
    const RunId run = api.runner.start_backup(id);
    return json(202, api::object({{"id", run.value}}))
        .with("Location", fmt::format("/api/v1/runs/{}", run.value));
}

}  // namespace mailkeep::http
