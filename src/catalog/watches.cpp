// SPDX-License-Identifier: Apache-2.0
// How a service follows the accounts: its own notes, for who looks from another process.
#include "mailkeep/base/error.hpp"

#include "state.hpp"

namespace mailkeep::catalog {

Watching Catalog::watching(AccountId account) const {
    auto row = state_->database.statement(
        "SELECT state, since, next_try, problem FROM watches WHERE account_id = ?");
    row.bind(account);
    if (!row.step()) {
        return {};
    }
    const auto state = watch_state_from(row.text());
    MAILKEEP_ASSERT(state.has_value());
    Watching watching{.state = *state};
    watching.since = row.optional_timestamp();
    watching.next_try = row.optional_timestamp();
    watching.problem = row.text();
    return watching;
}

void Catalog::note_watching(AccountId account, const Watching& watching) {
    state_->database
        .statement(
            "INSERT OR REPLACE INTO watches (account_id, state, since, next_try, problem)"
            " VALUES (?, ?, ?, ?, ?)")
        .bind(account, name_of(watching.state), watching.since, watching.next_try, watching.problem)
        .run();
}

void Catalog::forget_watches() {
    state_->database.statement("DELETE FROM watches").run();
}

}  // namespace mailkeep::catalog
