// SPDX-License-Identifier: Apache-2.0
// What belongs together on a screen, gathered from the catalog.
#include "mailkeep/api/json.hpp"
#include "mailkeep/service/scheduler.hpp"

namespace mailkeep::api {

AccountView view_of(const Account& account, const catalog::Catalog& catalog, Timestamp now) {
    AccountView view{.account = account, .last_run = catalog.last_run(account.id)};
    view.losses = catalog.losses(account.id);
    view.watching = catalog.watching(account.id);
    view.maildrop = catalog.maildrop(account.id);
    view.proven = catalog.restore_proof(account.id);
    if (has_server(account)) {
        view.next_run = service::next_due(account.schedule, view.last_run, now, view.maildrop);
    }
    for (const catalog::MailboxRow& mailbox : catalog.mailboxes(account.id, std::nullopt)) {
        view.messages += mailbox.messages;
        view.size += mailbox.size;
    }
    return view;
}

std::vector<AccountView> account_views(const catalog::Catalog& catalog, Timestamp now) {
    std::vector<AccountView> views;
    for (const Account& account : catalog.accounts()) {
        views.push_back(view_of(account, catalog, now));
    }
    return views;
}

RunView view_of(const Run& run, const catalog::Catalog& catalog) {
    const std::optional<Account> account = catalog.account(run.account);
    return {run, account ? account->name : std::string()};
}

}  // namespace mailkeep::api
