// SPDX-License-Identifier: Apache-2.0
// What POP3 servers said of their maildrops last.
#include "state.hpp"

namespace mailkeep::catalog {

MaildropRules Catalog::maildrop(AccountId account) const {
    auto row = state_->database.statement(
        "SELECT login_delay, coalesce(expires_after, -1) FROM maildrops WHERE account_id = ?");
    row.bind(account);
    MaildropRules rules;
    if (row.step()) {
        rules.login_delay = std::chrono::seconds(row.integer());
        const auto days = row.integer();
        rules.expires_after = days < 0 ? std::nullopt : std::optional(static_cast<int>(days));
    }
    return rules;
}

void Catalog::note_maildrop(AccountId account, const MaildropRules& rules) {
    state_->database
        .statement(
            "INSERT OR REPLACE INTO maildrops (account_id, login_delay, expires_after)"
            " VALUES (?, ?, ?)")
        .bind(account, std::int64_t{rules.login_delay.count()}, rules.expires_after)
        .run();
}

}  // namespace mailkeep::catalog
