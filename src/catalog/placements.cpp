// SPDX-License-Identifier: Apache-2.0
// Placements: a row is one stay of a message in a mailbox, from the event that saw it come to the
// event that saw it go. A message that comes back begins another row, so nothing is forgotten.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "compile.hpp"
#include "flag_columns.hpp"
#include "moment.hpp"
#include "rows.hpp"
#include "state.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace mailkeep::catalog {

namespace {

constexpr std::array<std::pair<bool Flags::*, std::int64_t>, 5> bits{{{&Flags::seen, 1},
                                                                      {&Flags::answered, 2},
                                                                      {&Flags::flagged, 4},
                                                                      {&Flags::deleted, 8},
                                                                      {&Flags::draft, 16}}};

constexpr std::array<std::string_view, 4> gone_reasons{"vanished", "uid_validity", "mailbox",
                                                       "deleted_by_us"};

std::string_view name_of(GoneReason reason) {
    return gone_reasons.at(static_cast<std::size_t>(reason));
}

/// A row that is on the server as far as we know.
struct OnServer {
    std::int64_t id = 0;
    MessageKey message;
};

std::optional<OnServer> find_on_server(Database& database, MailboxId mailbox,
                                       UidValidity uid_validity, Uid uid) {
    auto row = database.statement(
        "SELECT id, message_key FROM placements"
        " WHERE mailbox_id = ? AND uid_validity = ? AND uid = ? AND gone_at IS NULL");
    row.bind(mailbox, uid_validity, uid);
    if (!row.step()) {
        return std::nullopt;
    }
    return OnServer{.id = row.integer(), .message = row.id<MessageKey>()};
}

struct Ending {
    GoneReason reason;
    RemovalProof proof = RemovalProof::none;
};

/// Ends those on the server for which `which` holds, and returns how many. What we deleted there
/// ourselves stands on in the archive.
template <class... Values>
std::uint64_t end_placements(Database& database, const Event& event, const Ending& ending,
                             std::string_view which, const Values&... values) {
    const bool stands_on = ending.reason == GoneReason::deleted_by_us;
    database
        .statement(std::string("UPDATE placements SET gone_at = ?, gone_run = ?, gone_reason = ?,"
                               " gone_proof = ?, stands_until = ? WHERE gone_at IS NULL AND ")
                       .append(which))
        .bind(event.at, event.run, name_of(ending.reason), mailkeep::name_of(ending.proof),
              stands_on ? std::nullopt : std::optional(event.at), values...)
        .run();
    return static_cast<std::uint64_t>(database.changed_rows());
}

/// A message that we told the server to delete, and that is still there: it never left.
void take_back_deletion(Database& database, const Seen& seen, MailboxId mailbox, MessageKey key) {
    database
        .statement(
            "UPDATE placements SET gone_at = NULL, gone_run = NULL, gone_reason = NULL,"
            " gone_proof = 'none'"
            " WHERE message_key = ? AND mailbox_id = ? AND uid_validity = ? AND uid = ?"
            " AND gone_reason = 'deleted_by_us'")
        .bind(key, mailbox, seen.uid_validity, seen.uid)
        .run();
}

}  // namespace

std::int64_t flag_bits(const Flags& flags) {
    std::int64_t value = 0;
    for (const auto& [member, bit] : bits) {
        value |= flags.*member ? bit : 0;
    }
    return value;
}

std::string keyword_text(const Flags& flags) {
    return join(flags.keywords, " ");
}

std::string label_text(const Flags& flags) {
    return join(flags.labels, "\n");
}

Flags read_flags(Statement& row) {
    Flags flags;
    const auto value = row.integer();
    for (const auto& [member, bit] : bits) {
        flags.*member = (value & bit) != 0;
    }
    const auto keywords = row.text();
    for (const auto keyword : split(keywords, ' ')) {
        flags.add(keyword);
    }
    const auto labels = row.text();
    for (const auto label : split(labels, '\n')) {
        if (!label.empty()) {
            flags.labels.emplace_back(label);
        }
    }
    return flags;
}

/// A message whose octets the archive has lost stands where it was seen all the same. Seen again
/// with the same octets is no news but for its flags. With other octets the server has
/// broken its promise (RFC 9051 section 2.3.1.1), and the old message is gone.
void Catalog::State::apply(const Event& event, const Seen& seen) {
    const auto mailbox = mailbox_of(event, seen);
    const auto message = message_of(seen, mailbox);
    const auto known = find_on_server(database, mailbox, seen.uid_validity, seen.uid);
    if (known && known->message == message.key) {
        set_flags(event, known->id, seen.flags);
        set_unique_id(known->id, seen.unique_id);
        return;
    }
    if (known) {
        log_warning("catalog.uid_reused", {{"mailbox", mailbox.value}, {"uid", seen.uid}});
        end_placements(database, event, {GoneReason::vanished}, "id = ?", known->id);
    }
    insert_placement(event, seen, mailbox, message);
}

MailboxId Catalog::State::mailbox_of(const Event& event, const Seen& seen) {
    if (!seen_in_ || seen_in_->account != seen.account || seen_in_->mailbox != seen.mailbox) {
        const auto id = ensure_mailbox(seen.account, seen.mailbox, event.at);
        seen_in_ = {.account = seen.account, .mailbox = seen.mailbox, .id = id};
    }
    return seen_in_->id;
}

Catalog::State::PlacedMessage Catalog::State::message_of(const Seen& seen, MailboxId mailbox) {
    const auto fresh = new_messages_.find(seen.content_id);
    if (fresh != new_messages_.end()) {
        return fresh->second;
    }
    auto row = database.statement("SELECT key, size, date FROM messages WHERE content_id = ?");
    row.bind(seen.content_id);
    if (!row.step()) {
        return insert_stub(seen.content_id, seen.internal_date.at);
    }
    PlacedMessage message{.key = row.id<MessageKey>()};
    message.size = row.number<std::uint64_t>();
    message.date = row.timestamp();
    take_back_deletion(database, seen, mailbox, message.key);
    return message;
}

void Catalog::State::insert_placement(const Event& event, const Seen& seen, MailboxId mailbox,
                                      const PlacedMessage& message) {
    database
        .statement(
            "INSERT INTO placements (mailbox_id, uid_validity, uid, unique_id, message_key,"
            " size, internal_date, internal_zone, flags, keywords, labels, object_id, seen_at, "
            "seen_run)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(mailbox, seen.uid_validity, seen.uid, seen.unique_id, message.key, message.size,
              seen.internal_date.at, seen.internal_date.zone.count(), flag_bits(seen.flags),
              keyword_text(seen.flags), label_text(seen.flags), seen.object_id, event.at, event.run)
        .run();
    count_placement(mailbox, event.at, seen, message);
}

/// A POP3 server may give all its messages other ones.
void Catalog::State::set_unique_id(std::int64_t placement, const std::string& unique_id) {
    database.statement("UPDATE placements SET unique_id = ?1 WHERE id = ?2 AND unique_id <> ?1")
        .bind(unique_id, placement)
        .run();
}

void Catalog::State::apply(const Event& event, const FlagsChanged& changed) {
    const auto mailbox = find_mailbox(changed.account, changed.mailbox);
    const auto known = find_on_server(database, mailbox, changed.uid_validity, changed.uid);
    if (!known) {
        log_warning("catalog.unknown_flags_changed",
                    {{"account", changed.account.value}, {"uid", changed.uid}});
        return;
    }
    set_flags(event, known->id, changed.flags);
}

void Catalog::State::set_flags(const Event& event, std::int64_t placement, const Flags& flags) {
    const auto new_bits = flag_bits(flags);
    const auto keywords = keyword_text(flags);
    const auto labels = label_text(flags);
    database
        .statement(
            "INSERT INTO flag_changes (placement_id, at, run, flags, keywords, labels)"
            " SELECT id, ?, ?, flags, keywords, labels FROM placements"
            " WHERE id = ? AND (flags <> ? OR keywords <> ? OR labels <> ?)")
        .bind(event.at, event.run, placement, new_bits, keywords, labels)
        .run();
    if (database.changed_rows() > 0) {
        database.statement("UPDATE placements SET flags = ?, keywords = ?, labels = ? WHERE id = ?")
            .bind(new_bits, keywords, labels, placement)
            .run();
    }
}

void Catalog::State::apply(const Event& event, const Gone& gone) {
    const auto mailbox = find_mailbox(gone.account, gone.mailbox);
    std::uint64_t ended = 0;
    for (const auto& range : gone.uids.ranges()) {
        ended += end_placements(database, event, {gone.reason, gone.proof},
                                "mailbox_id = ? AND uid_validity = ? AND uid BETWEEN ? AND ?",
                                mailbox, gone.uid_validity, range.first, range.last);
    }
    // a new UIDVALIDITY has ended them already, when the mailbox was seen with it
    if (ended < gone.uids.count() && gone.reason != GoneReason::uid_validity) {
        log_warning("catalog.unknown_gone",
                    {{"account", gone.account.value}, {"unknown", gone.uids.count() - ended}});
    }
}

/// UIDs of another UIDVALIDITY say nothing any more (RFC 9051 section 2.3.1.1). What stands has the
/// validity of its mailbox, whether or not Gone events follow before a crash, or was imported.
void Catalog::State::end_placements_of_other_validity(const Event& event, MailboxId mailbox,
                                                      UidValidity uid_validity) {
    end_placements(database, event, {GoneReason::uid_validity},
                   "mailbox_id = ? AND uid_validity <> ? AND uid_validity <> 0", mailbox,
                   uid_validity);
}

void Catalog::State::apply(const Event& event, const Restored& restored) {
    database
        .statement(
            "INSERT INTO restored (target, mailbox, uid_validity, uid, content_id, at, run)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(restored.target, restored.mailbox, restored.uid_validity, restored.uid,
              restored.content_id, event.at, event.run)
        .run();
}

/// With their mailboxes b, accounts a and messages m.
constexpr std::string_view placements_sql =
    " FROM placements AS p JOIN mailboxes AS b ON b.id = p.mailbox_id"
    " JOIN accounts AS a ON a.id = b.account_id JOIN messages AS m ON m.key = p.message_key";

std::string placement_sql(std::optional<Timestamp> as_of) {
    return fmt::format(
        "SELECT p.id, a.id, a.name, {}, {}, {}, p.uid_validity, p.uid, m.content_id,"
        " m.size, m.file, m.frame, m.offset, m.message_id, p.internal_date, p.internal_zone, {},"
        " {}, {}, p.seen_at, p.gone_at, p.gone_run, p.gone_reason, p.gone_proof{}",
        called_sql(as_of, "name"), called_sql(as_of, "mailbox"), called_sql(as_of, "delimiter"),
        flags_sql(as_of, "flags"), flags_sql(as_of, "keywords"), flags_sql(as_of, "labels"),
        placements_sql);
}

/// Reads gone_run, gone_reason and gone_proof.
std::optional<Receipt> read_receipt(Statement& row) {
    Receipt receipt{.run = row.id<RunId>()};
    const auto reason = row.text();
    receipt.proof = removal_proof_from(row.text()).value_or(RemovalProof::none);
    return reason == name_of(GoneReason::deleted_by_us) ? std::optional(receipt) : std::nullopt;
}

Placement read_placement(Statement& row) {
    Placement placement;
    placement.id = row.id<PlacementId>();
    placement.account = row.id<AccountId>();
    placement.account_name = row.text();
    placement.mailbox = row.text();
    placement.mailbox_raw = row.text();
    placement.delimiter = static_cast<char>(row.integer());
    placement.uid_validity = row.number<UidValidity>();
    placement.uid = row.number<Uid>();
    placement.message = read_stored(row);
    placement.message_id = row.text();
    placement.internal_date.at = row.timestamp();
    placement.internal_date.zone = std::chrono::minutes{row.integer()};
    placement.flags = read_flags(row);
    placement.seen_at = row.timestamp();
    placement.gone_at = row.optional_timestamp();
    placement.receipt = read_receipt(row);
    return placement;
}

StoredMessage read_stored(Statement& row) {
    StoredMessage stored;
    stored.content_id = row.digest();
    stored.size = row.number<std::uint64_t>();
    stored.location.file = row.text();
    stored.location.frame = row.number<std::uint64_t>();
    stored.location.offset = row.number<std::uint64_t>();
    return stored;
}

std::vector<CollectedMessage> Catalog::collected(AccountId account,
                                                 std::string_view wire_name) const {
    auto row = state_->database.statement(
        "SELECT p.uid, p.unique_id, m.content_id, p.size, p.seen_at, p.internal_date"
        " FROM placements AS p"
        " JOIN mailboxes AS b ON b.id = p.mailbox_id JOIN messages AS m ON m.key = p.message_key"
        " WHERE b.account_id = ? AND b.mailbox = ? AND p.uid_validity <> 0 AND p.gone_at IS NULL"
        " ORDER BY p.uid");
    row.bind(account, wire_name);
    std::vector<CollectedMessage> found;
    while (row.step()) {
        found.push_back({.uid = row.number<Uid>(),
                         .unique_id = row.text(),
                         .content_id = row.digest(),
                         .size = row.number<std::uint64_t>(),
                         .seen_at = row.timestamp(),
                         .internal_date = row.timestamp()});
    }
    return found;
}

void Catalog::for_each_restored(
    std::string_view target, std::string_view mailbox,
    const std::function<void(UidValidity, Uid, const ContentId&)>& sink) const {
    auto row = state_->database.statement(
        "SELECT uid_validity, uid, content_id FROM restored WHERE target = ? AND mailbox = ?"
        " ORDER BY uid_validity, uid, id");
    row.bind(target, mailbox);
    while (row.step()) {
        const auto uid_validity = row.number<UidValidity>();
        const auto uid = row.number<Uid>();
        sink(uid_validity, uid, row.digest());
    }
}

std::optional<Placement> Catalog::placement(PlacementId id, std::optional<Timestamp> as_of) const {
    auto row = state_->database.statement(placement_sql(as_of) + " WHERE p.id = ?2");
    return row.bind(moment_of(as_of), id).step() ? std::optional(read_placement(row))
                                                 : std::nullopt;
}

/// What of placements, and of what they are joined with, is selected.
std::string selection_sql(Compiler& compiler, const Selection& selection) {
    std::string where = compiler.condition(selection.query.term);
    const bool asks_for_gone = selection.message || mentions_gone(selection.query.term);
    where.append(" AND ").append(asks_for_gone ? speaks_sql : stands_sql);
    if (selection.account) {
        where += " AND b.account_id = " + compiler.parameter(selection.account->value);
    }
    if (selection.message) {
        where += " AND m.content_id = " + compiler.parameter(*selection.message);
    }
    std::vector<std::string> names;
    for (const auto& mailbox : selection.mailboxes) {
        names.push_back(compiler.parameter(mailbox));
    }
    if (!names.empty()) {
        where += " AND " + called_sql(selection.as_of, "name") + " IN (" + join(names, ", ") + ")";
    }
    return where;
}

std::vector<SelectedMailbox> Catalog::selected_mailboxes(const Selection& selection,
                                                         Timestamp now) const {
    Compiler compiler(state_->database, state_->tokenizer, selection.as_of, now, Scope::placement);
    const auto where = selection_sql(compiler, selection);
    auto row = state_->database.statement_once(fmt::format(
        "SELECT a.id, a.name, {0}, {1}, {2} FROM mailboxes AS b"
        " JOIN accounts AS a ON a.id = b.account_id WHERE b.id IN (SELECT b.id{3} WHERE {4})"
        " GROUP BY a.id, {0}, {1} ORDER BY a.id, {0}, b.id",
        called_sql(selection.as_of, "name"), called_sql(selection.as_of, "mailbox"),
        called_sql(selection.as_of, "delimiter"), placements_sql, where));
    compiler.bind(row);
    std::vector<SelectedMailbox> selected;
    while (row.step()) {
        auto& mailbox = selected.emplace_back();
        mailbox.account = row.id<AccountId>();
        mailbox.account_name = row.text();
        mailbox.name = row.text();
        mailbox.mailbox = row.text();
        mailbox.delimiter = static_cast<char>(row.integer());
    }
    return selected;
}

// To sort whole rows would take some 600 octets of memory for each: only their ids are sorted.
void Catalog::for_each_placement(const Selection& selection, Timestamp now,
                                 const std::function<void(const Placement&)>& sink) const {
    Compiler compiler(state_->database, state_->tokenizer, selection.as_of, now, Scope::placement);
    const auto where = selection_sql(compiler, selection);
    const Transaction transaction(state_->database, Transaction::Kind::read);
    auto places = state_->database.statement_once(fmt::format(
        "SELECT p.id{} WHERE {} ORDER BY b.account_id, {}, b.id, p.uid_validity, p.uid, p.id",
        placements_sql, where, called_sql(selection.as_of, "name")));
    compiler.bind(places);
    std::vector<std::int64_t> ids;
    while (places.step()) {
        ids.push_back(places.integer());
    }
    auto row = state_->database.statement_once(placement_sql(selection.as_of) + " WHERE p.id = ?2");
    for (const auto id : ids) {
        row.reset();
        if (row.bind(moment_of(selection.as_of), id).step()) {
            sink(read_placement(row));
        }
    }
}

}  // namespace mailkeep::catalog
