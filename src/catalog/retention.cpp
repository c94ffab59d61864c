// SPDX-License-Identifier: Apache-2.0
// What has expired, what is held, and what was noted for the decision to drop octets: the stays of
// each message, the clock, and files in the trash.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "state.hpp"

namespace mailkeep::catalog {

namespace {

constexpr std::string_view kept_columns =
    "SELECT m.content_id, m.size, b.account_id, b.name, p.internal_date, p.seen_at, p.gone_at,"
    " p.gone_reason IS 'deleted_by_us' FROM messages AS m"
    " JOIN placements AS p ON p.message_key = m.key JOIN mailboxes AS b ON b.id = p.mailbox_id";

Stay read_stay(Statement& row) {
    Stay stay;
    stay.account = row.id<AccountId>();
    stay.mailbox = row.text();
    stay.internal_date = row.timestamp();
    stay.seen_at = row.timestamp();
    stay.gone_at = row.optional_timestamp();
    stay.deleted_by_us = row.truth();
    return stay;
}

/// Rows of one message stand together.
void read_kept(Statement row, const std::function<void(const KeptMessage&)>& sink) {
    KeptMessage message;
    while (row.step()) {
        const auto content_id = row.digest();
        if (content_id != message.content_id && !message.stays.empty()) {
            sink(message);
            message.stays.clear();
        }
        message.content_id = content_id;
        message.size = row.number<std::uint64_t>();
        message.stays.push_back(read_stay(row));
    }
    if (!message.stays.empty()) {
        sink(message);
    }
}

}  // namespace

/// The index cannot forget words, so their key stays reserved until the index is made anew. What it
/// did not get yet, it does not get any more.
void Catalog::State::apply(const Event& event, const Expired& expired) {
    if (const auto key = key_of(expired.content_id)) {
        break_thread(key);
        next_free_key_.clear();
        for (const auto* sql :
             {"DELETE FROM placements WHERE message_key = ?",  // and their flag_changes
              "DELETE FROM attachments WHERE message_key = ?",
              "INSERT OR IGNORE INTO dead_keys (key) SELECT key FROM messages"
              " WHERE key = ? AND missing_since IS NULL"
              " AND EXISTS (SELECT 1 FROM search.mail WHERE rowid = key)",
              "DELETE FROM search.pending WHERE key = ?", "DELETE FROM search.texts WHERE key = ?",
              "DELETE FROM messages WHERE key = ?"}) {
            database.statement(sql).bind(key).run();
        }
    }
    database.statement("DELETE FROM damage WHERE content_id = ?").bind(expired.content_id).run();
    database
        .statement(
            "INSERT OR REPLACE INTO expired (content_id, account_id, mailbox, rule, at, batch)"
            " VALUES (?, ?, ?, ?, ?, ?)")
        .bind(expired.content_id, expired.account, expired.mailbox, expired.rule, event.at,
              applying_batch_)
        .run();
}

void Catalog::State::apply(const Event& event, const HoldPlaced& placed) {
    const auto& hold = placed.hold;
    database
        .statement(
            "INSERT OR REPLACE INTO holds (name, account_id, mailbox, reason, placed_at)"
            " VALUES (?, ?, ?, ?, ?)")
        .bind(hold.name, hold.account, hold.mailbox, hold.reason, event.at)
        .run();
}

void Catalog::State::apply(const Event& /*event*/, const HoldLifted& lifted) {
    database.statement("DELETE FROM holds WHERE name = ?").bind(lifted.name).run();
    if (database.changed_rows() == 0) {
        log_warning("catalog.unknown_hold", {{"name", lifted.name}});
    }
}

std::vector<ExpiredMessage> Catalog::expired() const {
    auto row = state_->database.statement(
        "SELECT content_id, account_id, mailbox, rule, at, batch FROM expired ORDER BY content_id");
    std::vector<ExpiredMessage> found;
    while (row.step()) {
        ExpiredMessage message;
        message.what.content_id = row.digest();
        message.what.account = row.id<AccountId>();
        message.what.mailbox = row.text();
        message.what.rule = row.text();
        message.at = row.timestamp();
        message.batch = row.number<std::uint64_t>();
        found.push_back(std::move(message));
    }
    return found;
}

std::vector<PlacedHold> Catalog::holds() const {
    auto row = state_->database.statement(
        "SELECT name, account_id, mailbox, reason, placed_at FROM holds ORDER BY name");
    std::vector<PlacedHold> found;
    while (row.step()) {
        PlacedHold placed;
        placed.hold.name = row.text();
        placed.hold.account = row.id<AccountId>();
        placed.hold.mailbox = row.text();
        placed.hold.reason = row.text();
        placed.placed_at = row.timestamp();
        found.push_back(std::move(placed));
    }
    return found;
}

void Catalog::for_each_kept(const std::function<void(const KeptMessage&)>& sink) const {
    read_kept(state_->database.statement(std::string(kept_columns).append(" ORDER BY m.key, p.id")),
              sink);
}

std::optional<KeptMessage> Catalog::kept(const ContentId& content_id) const {
    auto row = state_->database.statement(
        std::string(kept_columns).append(" WHERE m.content_id = ? ORDER BY p.id"));
    row.bind(content_id);
    std::optional<KeptMessage> found;
    read_kept(std::move(row), [&](const KeptMessage& message) { found = message; });
    return found;
}

std::optional<Timestamp> Catalog::last_batch_at() const {
    auto row = state_->database.statement("SELECT at FROM main.applied WHERE batch > 0");
    return row.step() ? std::optional(row.timestamp()) : std::nullopt;
}

std::optional<ClockReading> Catalog::clock_reading() const {
    auto row = state_->database.statement("SELECT wall, boot, uptime FROM clock");
    if (!row.step()) {
        return std::nullopt;
    }
    ClockReading reading;
    reading.wall = row.timestamp();
    reading.boot = row.text();
    reading.uptime = std::chrono::milliseconds{row.integer()};
    return reading;
}

void Catalog::note_clock(const ClockReading& reading) {
    state_->database
        .statement("INSERT OR REPLACE INTO clock (id, wall, boot, uptime) VALUES (1, ?, ?, ?)")
        .bind(reading.wall, reading.boot, reading.uptime.count())
        .run();
}

std::vector<TrashedFile> Catalog::trashed() const {
    auto row = state_->database.statement(
        "SELECT name, since, (SELECT count(*) FROM runs WHERE id > run_before"
        " AND state IN ('done', 'partial')) FROM trash ORDER BY name");
    std::vector<TrashedFile> found;
    while (row.step()) {
        TrashedFile file;
        file.name = row.text();
        file.since = row.timestamp();
        file.runs_since = row.number<std::uint64_t>();
        found.push_back(std::move(file));
    }
    return found;
}

void Catalog::note_trashed(std::string_view name, Timestamp at) {
    state_->database
        .statement(
            "INSERT OR IGNORE INTO trash (name, since, run_before)"
            " VALUES (?, ?, (SELECT coalesce(max(id), 0) FROM runs))")
        .bind(name, at)
        .run();
}

void Catalog::forget_trashed(std::string_view name) {
    state_->database.statement("DELETE FROM trash WHERE name = ?").bind(name).run();
}

std::uint64_t Catalog::dead_words() const {
    auto row = state_->database.statement("SELECT count(*) FROM dead_keys");
    MAILKEEP_ASSERT(row.step());
    return row.number<std::uint64_t>();
}

void Catalog::drop_search_index() {
    Transaction transaction(state_->database, Transaction::Kind::write);
    state_->empty_search();
    transaction.commit();
}

}  // namespace mailkeep::catalog
