// SPDX-License-Identifier: Apache-2.0
// Mailboxes, totals, and how the service is.
#include "mailkeep/api/json.hpp"

#include "api.hpp"

namespace mailkeep::http {

Reply list_mailboxes(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    std::optional<AccountId> account;
    if (const std::string name = request.parameter("account"); !name.empty()) {
        const std::optional<Account> known = catalog.account_named(name);
        if (!known) {
            throw Error(Errc::not_found, "There is no account \"" + name + "\".");
        }
        account = known->id;
    }
    return json(200,
                api::mailboxes_json(catalog.mailboxes(account, time_parameter(request, "as_of"))));
}

Reply show_stats(Api& api, const Request&) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    const Timestamp now = api.depot.clock().now();
    return json(200, api::status_json({.accounts = api::account_views(catalog, now),
                                       .totals = catalog.totals(),
                                       .size_on_disk = api.depot.archive().size_on_disk(),
                                       .health = sync::health_of(catalog, now)}));
}

Reply show_health(Api&, const Request&) {
    return json(200, api::object({{"status", "ok"}}));
}

Reply show_readiness(Api& api, const Request&) {
    const std::uint64_t batches = api.depot.lend_catalog()->applied_up_to();
    return json(200, api::object({{"status", "ready"}, {"batches", batches}}));
}

}  // namespace mailkeep::http
