// SPDX-License-Identifier: Apache-2.0
// Mailboxes: one row for each wire name an account ever had.
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "flag_columns.hpp"
#include "moment.hpp"
#include "state.hpp"

#include <fmt/format.h>

namespace mailkeep::catalog {

namespace {

/// ?2 and ?3 narrow it down to an account and a wire name. What came and went is summed up by days;
/// of the last one as_of counts what had happened by then. Clocks that went back may leave less
/// than nothing.
std::string mailbox_sql(std::optional<Timestamp> as_of) {
    constexpr std::string_view by_then =
        "(SELECT mailbox_id, messages, unread, size FROM mailbox_days WHERE day < ?1 / 86400000"
        " UNION ALL SELECT mailbox_id, messages, unread, size FROM mailbox_steps"
        " WHERE at BETWEEN ?1 / 86400000 * 86400000 AND ?1)";
    return fmt::format(
        "SELECT b.id, b.account_id, a.name, {}, {}, {}, b.attributes,"
        " b.uid_validity, b.object_id, coalesce(b.gone_at <= ?1, 0),"
        " max(0, coalesce(sum(d.messages), 0)), max(0, coalesce(sum(d.unread), 0)),"
        " max(0, coalesce(sum(d.size), 0))"
        " FROM mailboxes AS b JOIN accounts AS a ON a.id = b.account_id"
        " LEFT JOIN {} AS d ON d.mailbox_id = b.id"
        " WHERE b.seen_at <= ?1 AND b.account_id = coalesce(?2, b.account_id)"
        " AND b.mailbox = coalesce(?3, b.mailbox) GROUP BY b.id ORDER BY a.name, a.id, 4, b.id",
        called_sql(as_of, "name"), called_sql(as_of, "mailbox"), called_sql(as_of, "delimiter"),
        as_of ? by_then : "mailbox_days");
}

MailboxRow read_mailbox(Statement& row) {
    MailboxRow mailbox;
    mailbox.id = row.id<MailboxId>();
    mailbox.account = row.id<AccountId>();
    mailbox.account_name = row.text();
    mailbox.name = row.text();
    mailbox.mailbox = row.text();
    mailbox.delimiter = static_cast<char>(row.integer());
    const auto attributes = row.text();
    for (const auto attribute : split(attributes, ' ')) {
        if (!attribute.empty()) {
            mailbox.attributes.emplace_back(attribute);
        }
    }
    mailbox.uid_validity = row.number<UidValidity>();
    mailbox.object_id = row.text();
    mailbox.is_gone = row.truth();
    mailbox.messages = row.number<std::uint64_t>();
    mailbox.unread = row.number<std::uint64_t>();
    mailbox.size = row.number<std::uint64_t>();
    return mailbox;
}

std::vector<UidFlags> read_on_server(Database& database, MailboxId mailbox,
                                     UidValidity uid_validity) {
    auto row = database.statement(
        "SELECT uid, flags, keywords, labels FROM placements"
        " WHERE mailbox_id = ? AND uid_validity = ? AND gone_at IS NULL ORDER BY uid");
    row.bind(mailbox, uid_validity);
    std::vector<UidFlags> messages;
    while (row.step()) {
        const auto uid = row.number<Uid>();
        messages.push_back({.uid = uid, .flags = read_flags(row), .size = 0});
    }
    return messages;
}

}  // namespace

MailboxId Catalog::State::find_mailbox(AccountId account, std::string_view mailbox) {
    auto row = database.statement("SELECT id FROM mailboxes WHERE account_id = ? AND mailbox = ?");
    row.bind(account, mailbox);
    return row.step() ? row.id<MailboxId>() : MailboxId{};
}

MailboxId Catalog::State::ensure_mailbox(AccountId account, std::string_view mailbox,
                                         Timestamp at) {
    if (const auto known = find_mailbox(account, mailbox)) {
        return known;
    }
    ensure_account(account);
    database
        .statement("INSERT INTO mailboxes (account_id, mailbox, name, seen_at) VALUES (?, ?, ?, ?)")
        .bind(account, mailbox, to_valid_utf8(mailbox), at)
        .run();
    return MailboxId{database.last_id()};
}

void Catalog::State::apply(const Event& event, const MailboxSeen& seen) {
    const auto mailbox = ensure_mailbox(seen.account, seen.mailbox, event.at);
    end_placements_of_other_validity(event, mailbox, seen.uid_validity);
    database
        .statement(
            "UPDATE mailboxes SET name = ?, delimiter = ?, attributes = ?,"
            " uid_validity = ?, object_id = ?, gone_at = NULL WHERE id = ?")
        .bind(seen.name, static_cast<unsigned char>(seen.delimiter), join(seen.attributes, " "),
              seen.uid_validity, seen.object_id, mailbox)
        .run();
}

void Catalog::State::apply(const Event& event, const MailboxGone& gone) {
    database
        .statement(
            "UPDATE mailboxes SET gone_at = ? WHERE account_id = ? AND mailbox = ?"
            " AND gone_at IS NULL")
        .bind(event.at, gone.account, gone.mailbox)
        .run();
    if (database.changed_rows() == 0) {
        log_warning("catalog.unknown_mailbox_gone", {{"account", gone.account.value}});
    }
    forget_following(find_mailbox(gone.account, gone.mailbox));
}

/// The row stays, and with it all that is known of the mailbox. Where one of the new name is known
/// against all promises, both go on by themselves.
void Catalog::State::apply(const Event& event, const MailboxRenamed& renamed) {
    if (find_mailbox(renamed.account, renamed.new_mailbox)) {
        log_warning("catalog.renamed_to_known", {{"account", renamed.account.value}});
        return;
    }
    database
        .statement(
            "INSERT INTO mailbox_names (mailbox_id, until, mailbox, name, delimiter)"
            " SELECT id, ?, mailbox, name, delimiter FROM mailboxes"
            " WHERE account_id = ? AND mailbox = ?")
        .bind(event.at, renamed.account, renamed.mailbox)
        .run();
    database
        .statement(
            "UPDATE mailboxes SET mailbox = ?, name = ?, delimiter = ?"
            " WHERE account_id = ? AND mailbox = ?")
        .bind(renamed.new_mailbox, renamed.name, static_cast<unsigned char>(renamed.delimiter),
              renamed.account, renamed.mailbox)
        .run();
    if (database.changed_rows() == 0) {
        log_warning("catalog.unknown_renamed", {{"account", renamed.account.value}});
    }
}

std::vector<MailboxRow> Catalog::mailboxes(std::optional<AccountId> account,
                                           std::optional<Timestamp> as_of) const {
    auto row = state_->database.statement(mailbox_sql(as_of));
    row.bind(moment_of(as_of), account, std::nullopt);
    std::vector<MailboxRow> found;
    while (row.step()) {
        found.push_back(read_mailbox(row));
        if (!as_of) {
            state_->read_following(found.back());
        }
    }
    return found;
}

std::optional<MailboxRow> Catalog::mailbox(AccountId account, std::string_view wire_name) const {
    auto row = state_->database.statement(mailbox_sql(std::nullopt));
    row.bind(moment_of(std::nullopt), account, wire_name);
    return row.step() ? std::optional(read_mailbox(row)) : std::nullopt;
}

MirrorState Catalog::mirror_state(AccountId account, std::string_view wire_name) const {
    Transaction transaction(state_->database, Transaction::Kind::read);
    MirrorState known;
    auto mailbox = state_->database.statement(
        "SELECT id, uid_validity FROM mailboxes WHERE account_id = ? AND mailbox = ?");
    mailbox.bind(account, wire_name);
    if (!mailbox.step()) {
        return known;
    }
    const auto id = mailbox.id<MailboxId>();
    known.uid_validity = mailbox.number<UidValidity>();
    if (known.uid_validity == imported_uid_validity) {
        return known;
    }
    known.messages = read_on_server(state_->database, id, known.uid_validity);
    return known;
}

MirrorState Catalog::mirror_state(AccountId account, std::string_view wire_name,
                                  UidValidity uid_validity) const {
    const auto mailbox = state_->find_mailbox(account, wire_name);
    return {uid_validity, read_on_server(state_->database, mailbox, uid_validity)};
}

Uid Catalog::next_uid(AccountId account, std::string_view wire_name) const {
    auto row = state_->database.statement(
        "SELECT next_uid FROM mailboxes WHERE account_id = ? AND mailbox = ?");
    row.bind(account, wire_name);
    return row.step() ? row.number<Uid>() : 1;
}

}  // namespace mailkeep::catalog
