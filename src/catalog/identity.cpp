// SPDX-License-Identifier: Apache-2.0
// Questions of a run that wants to know which messages it has met before, wherever they stood.
#include "rows.hpp"
#include "state.hpp"

namespace mailkeep::catalog {

std::vector<MailboxName> Catalog::mailbox_names(AccountId account) const {
    auto row = state_->database.statement(
        "SELECT name, mailbox, uid_validity, gone_at IS NOT NULL, object_id FROM mailboxes"
        " WHERE account_id = ? ORDER BY name, id");
    row.bind(account);
    std::vector<MailboxName> found;
    while (row.step()) {
        MailboxName mailbox;
        mailbox.name = row.text();
        mailbox.mailbox = row.text();
        mailbox.uid_validity = row.number<UidValidity>();
        mailbox.is_gone = row.truth();
        mailbox.object_id = row.text();
        found.push_back(std::move(mailbox));
    }
    return found;
}

// The size comes first: few messages have it.
std::vector<HeldMessage> Catalog::held_of_size(AccountId account, std::uint64_t size) const {
    auto row = state_->database.statement(
        "SELECT DISTINCT m.content_id, m.size, m.file, m.frame, m.offset, p.internal_date,"
        " p.object_id"
        " FROM messages AS m JOIN placements AS p ON p.message_key = m.key"
        " WHERE m.size = ? AND m.missing_since IS NULL"
        " AND p.mailbox_id IN (SELECT id FROM mailboxes WHERE account_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM damage AS d WHERE d.content_id = m.content_id)");
    row.bind(size, account);
    std::vector<HeldMessage> found;
    while (row.step()) {
        HeldMessage message;
        message.stored = read_stored(row);
        message.internal_date = row.timestamp();
        message.object_id = row.text();
        found.push_back(std::move(message));
    }
    return found;
}

void Catalog::for_each_twin(AccountId account, std::string_view wire_name, UidValidity uid_validity,
                            const UidSet& uids,
                            const std::function<void(Uid, const Place&)>& sink) const {
    const auto mailbox = state_->find_mailbox(account, wire_name);
    for (const auto& [first, last] : uids.ranges()) {
        auto row = state_->database.statement(
            "SELECT p.uid, b.mailbox, q.uid_validity, q.uid FROM placements AS p"
            " JOIN placements AS q ON q.message_key = p.message_key AND q.id <> p.id"
            " JOIN mailboxes AS b ON b.id = q.mailbox_id"
            " WHERE p.mailbox_id = ? AND p.uid_validity = ? AND p.uid BETWEEN ? AND ?"
            " AND p.gone_at IS NULL AND q.gone_at IS NULL AND q.uid_validity <> 0"
            " AND b.account_id = ?");
        row.bind(mailbox, uid_validity, first, last, account);
        while (row.step()) {
            const auto uid = row.number<Uid>();
            Place place;
            place.mailbox = row.text();
            place.uid_validity = row.number<UidValidity>();
            place.uid = row.number<Uid>();
            sink(uid, place);
        }
    }
}

}  // namespace mailkeep::catalog
