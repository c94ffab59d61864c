// SPDX-License-Identifier: Apache-2.0
// When restoring was tried last and went well: of an account, and (account 0) of the archive.
#include "rows.hpp"
#include "state.hpp"

namespace mailkeep::catalog {

std::optional<RestoreProof> Catalog::restore_proof(AccountId account) const {
    auto row = state_->database.statement(
        "SELECT at, messages, returned_at, target FROM restore_proofs WHERE account_id = ?");
    row.bind(account.value);
    if (!row.step()) {
        return std::nullopt;
    }
    RestoreProof proof;
    proof.at = row.timestamp();
    proof.messages = row.number<std::uint64_t>();
    proof.returned_at = row.optional_timestamp();
    proof.target = row.text();
    return proof;
}

void Catalog::note_proof(AccountId account, const RestoreProof& proof) {
    state_->database
        .statement(
            "INSERT INTO restore_proofs (account_id, at, messages, returned_at, target)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (account_id) DO UPDATE SET at = ?2,"
            " messages = ?3, returned_at = coalesce(?4, returned_at),"
            " target = iif(?4 IS NULL, target, ?5)")
        .bind(account.value, proof.at, proof.messages, proof.returned_at, proof.target)
        .run();
}

}  // namespace mailkeep::catalog
