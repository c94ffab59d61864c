// SPDX-License-Identifier: Apache-2.0
#include "token_login.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/service/accounts.hpp"

#include "http_post.hpp"
#include "tokens.hpp"

namespace mailkeep::service {

namespace {

Tokens renew(const Account& account, Tokens tokens, const Clock& clock) {
    const auto form = renewal_form(account.oauth, tokens);
    const auto answer = post({.peer = "the OAuth authority",
                              .url = account.oauth.token_url,
                              .content_type = "application/x-www-form-urlencoded",
                              .body = form.reveal(),
                              .ca_file = account.server.ca_file,
                              .retry_hint = "Try again later."});
    return renewed(std::move(tokens), answer.status, answer.body, clock.now());
}

}  // namespace

// The account is read anew under the lock: whoever held it before may have renewed the tokens.
AccessToken access_token(Depot& depot, AccountId id, const Secret& refused) {
    const auto lock = depot.lock_tokens();
    const auto account = depot.open_catalog().account(id);
    if (!account) {
        throw Error(Errc::not_found, "the account is gone");
    }
    const auto now = depot.clock().now();
    auto tokens =
        tokens_from_text(depot.vault().open(id, "password", account->sealed_password), now);
    const bool is_refused = !refused.empty() && tokens.access.reveal() == refused.reveal();
    if (tokens.refresh.empty() || (!is_due(tokens, now) && !is_refused)) {
        return {tokens.access, !tokens.refresh.empty()};
    }
    tokens = renew(*account, std::move(tokens), depot.clock());
    save_account(depot, *account, to_text(tokens));
    log_info("oauth.renewed", {{"account", id.value}});
    return {tokens.access, false};
}

}  // namespace mailkeep::service
