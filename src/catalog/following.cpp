// SPDX-License-Identifier: Apache-2.0
// How far each mailbox was followed, what its server does not give, how complete it is, and
// losses that wait for a person.
#include "state.hpp"

#include <algorithm>

namespace mailkeep::catalog {

namespace {

void note_completeness(Database& database, MailboxId mailbox, const Completeness& completeness) {
    database
        .statement(
            "INSERT OR REPLACE INTO completeness"
            " (mailbox_id, at, on_server, archived, quarantined, to_come)"
            " VALUES (?, ?, ?, ?, ?, ?)")
        .bind(mailbox, completeness.at, completeness.on_server, completeness.archived,
              completeness.quarantined, completeness.to_come)
        .run();
}

/// Whether all but the times is as it was noted.
bool is_same(const MailboxRow& row, std::span<const Quarantined> messages,
             Completeness completeness) {
    if (!row.completeness) {
        return false;
    }
    completeness.at = row.completeness->at;
    return completeness == row.completeness &&
           std::equal(
               messages.begin(), messages.end(), row.quarantined.begin(), row.quarantined.end(),
               [](const auto& a, const auto& b) { return a.uid == b.uid && a.reason == b.reason; });
}

Quarantined read_quarantined(Statement& row) {
    Quarantined message;
    message.uid = row.number<Uid>();
    message.reason = row.text();
    message.since = row.timestamp();
    return message;
}

}  // namespace

void Catalog::State::forget_cursors(AccountId account) {
    database
        .statement(
            "DELETE FROM followed WHERE mailbox_id IN"
            " (SELECT id FROM mailboxes WHERE account_id = ?)")
        .bind(account)
        .run();
}

void Catalog::State::forget_following(MailboxId mailbox) {
    for (const std::string_view sql : {"DELETE FROM followed WHERE mailbox_id = ?",
                                       "DELETE FROM quarantine WHERE mailbox_id = ?",
                                       "DELETE FROM completeness WHERE mailbox_id = ?"}) {
        database.statement(sql).bind(mailbox).run();
    }
}

void Catalog::State::read_following(MailboxRow& mailbox) {
    auto row = database.statement(
        "SELECT at, on_server, archived, quarantined, to_come FROM completeness"
        " WHERE mailbox_id = ?");
    row.bind(mailbox.id);
    if (row.step()) {
        auto& completeness = mailbox.completeness.emplace();
        completeness.at = row.timestamp();
        for (auto* count : {&completeness.on_server, &completeness.archived,
                            &completeness.quarantined, &completeness.to_come}) {
            *count = row.number<std::uint64_t>();
        }
    }
    auto message = database.statement(
        "SELECT uid, reason, since FROM quarantine WHERE mailbox_id = ? ORDER BY uid");
    message.bind(mailbox.id);
    while (message.step()) {
        mailbox.quarantined.push_back(read_quarantined(message));
    }
}

std::optional<MailboxCursor> Catalog::cursor(AccountId account, std::string_view wire_name) const {
    auto row = state_->database.statement(
        "SELECT f.uid_validity, f.uid_next, f.messages, f.full_at, f.mod_seq IS NOT NULL,"
        " coalesce(f.mod_seq, 0) FROM followed AS f JOIN mailboxes AS b ON b.id = f.mailbox_id"
        " WHERE b.account_id = ? AND b.mailbox = ? AND b.gone_at IS NULL");
    row.bind(account, wire_name);
    if (!row.step()) {
        return std::nullopt;
    }
    MailboxCursor cursor;
    cursor.uid_validity = row.number<UidValidity>();
    cursor.uid_next = row.number<Uid>();
    cursor.messages = row.number<std::uint32_t>();
    cursor.full_at = row.timestamp();
    if (row.truth()) {
        cursor.mod_seq = row.number<ModSeq>();
    }
    return cursor;
}

void Catalog::note_cursor(AccountId account, std::string_view wire_name,
                          const MailboxCursor& cursor) {
    if (const auto mailbox = state_->find_mailbox(account, wire_name)) {
        state_->database
            .statement(
                "INSERT OR REPLACE INTO followed"
                " (mailbox_id, uid_validity, uid_next, messages, mod_seq, full_at)"
                " VALUES (?, ?, ?, ?, ?, ?)")
            .bind(mailbox, cursor.uid_validity, cursor.uid_next, cursor.messages, cursor.mod_seq,
                  cursor.full_at)
            .run();
    }
}

void Catalog::forget_cursor(AccountId account, std::string_view wire_name) {
    state_->database.statement("DELETE FROM followed WHERE mailbox_id = ?")
        .bind(state_->find_mailbox(account, wire_name))
        .run();
}

std::vector<Quarantined> Catalog::quarantined(AccountId account, std::string_view wire_name,
                                              UidValidity uid_validity) const {
    auto row = state_->database.statement(
        "SELECT q.uid, q.reason, q.since FROM quarantine AS q JOIN mailboxes AS b"
        " ON b.id = q.mailbox_id WHERE b.account_id = ? AND b.mailbox = ? AND q.uid_validity = ?"
        " ORDER BY q.uid");
    row.bind(account, wire_name, uid_validity);
    std::vector<Quarantined> found;
    while (row.step()) {
        found.push_back(read_quarantined(row));
    }
    return found;
}

void Catalog::note_quarantined(AccountId account, std::string_view wire_name,
                               UidValidity uid_validity, std::span<const Quarantined> messages,
                               const Completeness& completeness) {
    const auto mailbox = state_->find_mailbox(account, wire_name);
    if (!mailbox) {
        return;
    }
    const auto before = quarantined(account, wire_name, uid_validity);
    MailboxRow row;
    row.id = mailbox;
    state_->read_following(row);
    if (before.size() == messages.size() && is_same(row, messages, completeness)) {
        return;
    }
    auto& database = state_->database;
    Transaction transaction(database, Transaction::Kind::write);
    database.statement("DELETE FROM quarantine WHERE mailbox_id = ?").bind(mailbox).run();
    for (const auto& message : messages) {
        const auto first = std::find_if(before.begin(), before.end(), [&](const auto& candidate) {
            return candidate.uid == message.uid;
        });
        database
            .statement(
                "INSERT INTO quarantine (mailbox_id, uid, uid_validity, reason, since)"
                " VALUES (?, ?, ?, ?, ?)")
            .bind(mailbox, message.uid, uid_validity, message.reason,
                  first == before.end() ? message.since : first->since)
            .run();
    }
    note_completeness(database, mailbox, completeness);
    transaction.commit();
}

std::uint64_t Catalog::count_on_server(AccountId account, std::string_view wire_name) const {
    auto row = state_->database.statement(
        "SELECT count(*) FROM placements"
        " WHERE mailbox_id = ? AND uid_validity <> 0 AND gone_at IS NULL");
    row.bind(state_->find_mailbox(account, wire_name));
    return row.step() ? row.number<std::uint64_t>() : 0;
}

std::vector<Loss> Catalog::losses(AccountId account) const {
    auto row = state_->database.statement(
        "SELECT mailbox, name, lost, held, found_at, accepted_at FROM losses WHERE account_id = ?"
        " ORDER BY mailbox");
    row.bind(account);
    std::vector<Loss> found;
    while (row.step()) {
        Loss loss;
        loss.mailbox = row.text();
        loss.name = row.text();
        loss.lost = row.number<std::uint64_t>();
        loss.held = row.number<std::uint64_t>();
        loss.found_at = row.timestamp();
        loss.accepted_at = row.optional_timestamp();
        found.push_back(std::move(loss));
    }
    return found;
}

void Catalog::note_loss(AccountId account, const Loss& loss) {
    state_->database
        .statement(
            "INSERT INTO losses (account_id, mailbox, name, lost, held, found_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name,"
            " lost = excluded.lost, held = excluded.held, accepted_at = NULL")
        .bind(account, loss.mailbox, loss.name, loss.lost, loss.held, loss.found_at)
        .run();
}

void Catalog::forget_loss(AccountId account, std::string_view wire_name) {
    state_->database.statement("DELETE FROM losses WHERE account_id = ? AND mailbox = ?")
        .bind(account, wire_name)
        .run();
}

std::uint64_t Catalog::accept_losses(AccountId account, Timestamp at) {
    state_->database
        .statement("UPDATE losses SET accepted_at = ? WHERE account_id = ? AND accepted_at IS NULL")
        .bind(at, account)
        .run();
    return static_cast<std::uint64_t>(state_->database.changed_rows());
}

}  // namespace mailkeep::catalog
