// SPDX-License-Identifier: Apache-2.0
// Placements of imported messages: their UIDVALIDITY is 0, which no server has. No server shows
// them, so what servers no longer show says nothing of them.
#include "state.hpp"

namespace mailkeep::catalog {

Uid Catalog::next_imported_uid(AccountId account, std::string_view wire_name) const {
    auto row = state_->database.statement(
        "SELECT coalesce(max(uid), 0) + 1 FROM placements"
        " WHERE mailbox_id = ? AND uid_validity = 0");
    row.bind(state_->find_mailbox(account, wire_name));
    return row.step() ? row.number<Uid>() : 1;
}

bool Catalog::has_met(AccountId account, std::string_view wire_name, const ContentId& content_id,
                      std::uint64_t copies, Uid before) const {
    auto row = state_->database.statement(
        "SELECT total(b.mailbox = ?3 AND (p.uid_validity <> 0 OR p.uid < ?5)) >= ?4"
        " OR total(p.uid_validity <> 0 AND p.stands_until IS NULL) > 0"
        " FROM messages AS m JOIN placements AS p ON p.message_key = m.key"
        " JOIN mailboxes AS b ON b.id = p.mailbox_id WHERE m.content_id = ?1 AND b.account_id = "
        "?2");
    row.bind(content_id, account, wire_name, copies, before);
    return row.step() && row.truth();
}

std::map<std::string, UidSet> Catalog::imported_and_shown(AccountId account) const {
    auto row = state_->database.statement(
        "SELECT b.mailbox, p.uid FROM mailboxes AS b JOIN placements AS p"
        " ON p.mailbox_id = b.id AND p.uid_validity = 0 AND p.gone_at IS NULL"
        " WHERE b.account_id = ?1 AND EXISTS (SELECT 1 FROM placements AS q"
        " JOIN mailboxes AS c ON c.id = q.mailbox_id WHERE q.message_key = p.message_key"
        " AND q.uid_validity <> 0 AND q.stands_until IS NULL AND c.account_id = ?1)"
        " ORDER BY p.uid");
    row.bind(account);
    std::map<std::string, UidSet> found;
    while (row.step()) {
        auto& uids = found[row.text()];
        uids.add(row.number<Uid>());
    }
    return found;
}

}  // namespace mailkeep::catalog
