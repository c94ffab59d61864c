// SPDX-License-Identifier: Apache-2.0
// Messages: one row for each content, whose key grows with the date, so that "newest first" is the
// order of the table and of the search index.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "fields.hpp"
#include "rows.hpp"
#include "state.hpp"

#include <algorithm>

namespace mailkeep::catalog {

namespace {

using namespace std::chrono;

/// Keys of one minute; the next ones spill into the minute after. The migration that counts by how
/// much has this number too.
constexpr std::int64_t keys_a_minute = 64;
/// Of which the next free key is remembered.
constexpr std::size_t most_minutes = 10'000;
/// Nobody has older mail; what says so has a wrong date.
constexpr Timestamp oldest = sys_days{year{1990} / January / 1};

constexpr std::string_view stored_columns =
    "SELECT content_id, size, file, frame, offset FROM messages";

Timestamp clamped(Timestamp date, Timestamp batch_at) {
    return std::clamp(date, oldest, std::max(oldest, batch_at + days{1}));
}

/// The internal date of each message where the batch saw it first.
std::map<ContentId, Timestamp> internal_dates(const CommittedBatch& batch) {
    std::map<ContentId, Timestamp> dates;
    for (const auto& event : batch.events) {
        if (const auto* seen = std::get_if<Seen>(&event.what)) {
            dates.emplace(seen->content_id, seen->internal_date.at);
        }
    }
    return dates;
}

}  // namespace

void Catalog::State::add_messages(const CommittedBatch& batch,
                                  std::span<const MessageSummary> summaries) {
    new_messages_.clear();
    const auto dates = internal_dates(batch);
    const auto matched = match_summaries(batch, summaries);
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
        const auto& stored = batch.messages[i];
        const auto internal = dates.find(stored.content_id);
        const auto fallback = internal == dates.end() ? batch.at : internal->second;
        insert_message(stored, *matched[i],
                       clamped(matched[i]->sent_date.value_or(fallback), batch.at));
    }
}

/// A message stored again, as after damage, is read from its newest copy. One that had expired, or
/// of which only events told, is a message like any other from now on.
void Catalog::State::insert_message(const StoredMessage& stored, const MessageSummary& summary,
                                    Timestamp date) {
    const auto& location = stored.location;
    const auto known = key_of(stored.content_id);
    if (!known) {
        database.statement("DELETE FROM expired WHERE content_id = ?")
            .bind(stored.content_id)
            .run();
        const auto key = free_key(date);
        write_message(key, stored, summary, date);
        new_messages_.emplace(stored.content_id, PlacedMessage{key, stored.size, date});
        return;
    }
    database.statement("DELETE FROM damage WHERE content_id = ?").bind(stored.content_id).run();
    if (!fill_stub(stored, summary)) {
        database.statement("UPDATE messages SET file = ?, frame = ?, offset = ? WHERE key = ?")
            .bind(location.file, location.frame, location.offset, known)
            .run();
    }
}

void Catalog::State::write_message(MessageKey key, const StoredMessage& stored,
                                   const MessageSummary& summary, Timestamp date) {
    const auto& location = stored.location;
    database
        .statement(
            "INSERT INTO messages (key, content_id, size, file, frame, offset, date,"
            " sent_date, subject, sender, recipients, cc, bcc, message_id, list_id, refs)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(key, stored.content_id, stored.size, location.file, location.frame, location.offset,
              date, summary.sent_date, summary.subject, summary.from, summary.to, summary.cc,
              summary.bcc, summary.message_id, summary.list_id, join(summary.references, "\n"))
        .run();
    count_message(key, stored.size, date);
}

/// The message of an event whose octets the archive lost: what the event tells of it. Whatever
/// stood in `expired` is void, for somebody has seen it since.
Catalog::State::PlacedMessage Catalog::State::insert_stub(const ContentId& content_id,
                                                          Timestamp internal_date) {
    log_warning("catalog.message_missing", {{"id", content_id.hex()}});
    const auto date = clamped(internal_date, applying_at_);
    const auto key = free_key(date);
    write_message(key, {content_id, 0, {}}, {}, date);
    database.statement("UPDATE messages SET missing_since = ? WHERE key = ?")
        .bind(applying_at_, key)
        .run();
    database.statement("DELETE FROM expired WHERE content_id = ?").bind(content_id).run();
    return {key, 0, date};
}

/// A later copy of what was missing. Everything becomes what it would be had the first copy not
/// been lost: the date was bounded by the first batch that told of it.
bool Catalog::State::fill_stub(const StoredMessage& stored, const MessageSummary& summary) {
    auto stub = database.statement(
        "SELECT key, date, missing_since FROM messages"
        " WHERE content_id = ? AND missing_since IS NOT NULL");
    stub.bind(stored.content_id);
    if (!stub.step()) {
        return false;
    }
    const auto old_key = stub.id<MessageKey>();
    const auto internal_date = stub.timestamp();
    const auto date = clamped(summary.sent_date.value_or(internal_date), stub.timestamp());
    const auto key = free_key(date);
    database.execute("PRAGMA defer_foreign_keys = 1");  // the key is told to the placements below
    database.statement("DELETE FROM messages WHERE key = ?").bind(old_key).run();
    next_free_key_.clear();
    write_message(key, stored, summary, date);
    database.statement("UPDATE placements SET message_key = ?, size = ? WHERE message_key = ?")
        .bind(key, stored.size, old_key)
        .run();
    return true;
}

MessageKey Catalog::State::key_of(const ContentId& content_id) {
    auto row = database.statement("SELECT key FROM messages WHERE content_id = ?");
    row.bind(content_id);
    return row.step() ? row.id<MessageKey>() : MessageKey{};
}

std::int64_t first_key(Timestamp date) {
    return floor<minutes>(date).time_since_epoch().count() * keys_a_minute;
}

/// The first free key of the minute, in order of application: a rebuild gives the same keys.
MessageKey Catalog::State::free_key(Timestamp date) {
    const auto first = first_key(date);
    if (next_free_key_.size() >= most_minutes) {
        next_free_key_.clear();
    }
    auto& candidate = next_free_key_.try_emplace(first, first).first->second;
    auto row = database.statement("SELECT key FROM messages WHERE key >= ? ORDER BY key");
    row.bind(candidate);
    const auto next_taken = [&row] {
        return row.step() ? std::optional(row.integer()) : std::nullopt;
    };
    for (auto taken = next_taken(); taken == candidate || is_dead({candidate}); ++candidate) {
        if (taken == candidate) {
            taken = next_taken();
        }
    }
    return MessageKey{candidate};
}

/// The search index holds words of an expired message under this key.
bool Catalog::State::is_dead(MessageKey key) {
    auto row = database.statement("SELECT EXISTS (SELECT 1 FROM dead_keys WHERE key = ?)");
    row.bind(key);
    return row.step() && row.truth();
}

std::vector<std::string> read_attachments(Database& database, MessageKey key) {
    auto row =
        database.statement("SELECT name FROM attachments WHERE message_key = ? ORDER BY position");
    row.bind(key);
    std::vector<std::string> names;
    while (row.step()) {
        names.push_back(row.text());
    }
    return names;
}

std::optional<StoredMessage> Catalog::stored(const ContentId& content_id) const {
    auto row = state_->database.statement(
        std::string(stored_columns).append(" WHERE content_id = ? AND missing_since IS NULL"));
    row.bind(content_id);
    return row.step() ? std::optional(read_stored(row)) : std::nullopt;
}

std::optional<MessageDetail> Catalog::message(const ContentId& content_id) const {
    auto row = state_->database.statement(
        "SELECT content_id, size, file, frame, offset, key, date, sent_date, subject, sender,"
        " recipients, cc, bcc, message_id, list_id FROM messages WHERE content_id = ?");
    row.bind(content_id);
    if (!row.step()) {
        return std::nullopt;
    }
    MessageDetail detail;
    detail.stored = read_stored(row);
    const auto key = row.id<MessageKey>();
    detail.date = row.timestamp();
    auto& summary = detail.summary;
    summary.content_id = content_id;
    summary.sent_date = row.optional_timestamp();
    for (auto* field : {&summary.subject, &summary.from, &summary.to, &summary.cc, &summary.bcc,
                        &summary.message_id, &summary.list_id}) {
        *field = row.text();
    }
    summary.attachments = read_attachments(state_->database, key);
    auto places = state_->database.statement(placement_sql(std::nullopt) +
                                             " WHERE p.message_key = ? ORDER BY p.id");
    places.bind(key);
    while (places.step()) {
        detail.placements.push_back(read_placement(places));
    }
    if (const auto damage = damage_of(content_id)) {
        detail.damage = damage->what;
    }
    return detail;
}

std::optional<MessageHeading> Catalog::heading(const ContentId& content_id) const {
    auto row = state_->database.statement(
        "SELECT subject, sender, sent_date FROM messages WHERE content_id = ?");
    row.bind(content_id);
    if (!row.step()) {
        return std::nullopt;
    }
    return MessageHeading{
        .subject = row.text(), .from = row.text(), .sent_date = row.optional_timestamp()};
}

std::optional<ContentId> Catalog::resolve(std::string_view prefix) const {
    const auto hex = to_lower_ascii(prefix);
    if (!is_id_prefix(hex)) {
        throw Error(Errc::invalid, "\"" + std::string(prefix) + "\" is not the id of a message",
                    "Give at least its first 8 hexadecimal digits.");
    }
    const auto [first, last] = id_range(hex);
    auto row = state_->database.statement(
        "SELECT content_id FROM messages WHERE content_id BETWEEN ? AND ? LIMIT 2");
    row.bind(first, last);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto found = row.digest();
    if (row.step()) {
        throw Error(Errc::invalid, "several messages have ids that begin with " + hex,
                    "Give more digits of the id.");
    }
    return found;
}

Totals Catalog::totals() const {
    auto row = state_->database.statement(
        "SELECT messages, size, (SELECT coalesce(sum(messages), 0) FROM mailbox_days)"
        " FROM message_counts");
    MAILKEEP_ASSERT(row.step());
    return {.messages = row.number<std::uint64_t>(),
            .octets = row.number<std::uint64_t>(),
            .placements = row.number<std::uint64_t>()};
}

void Catalog::for_each_stored(const std::function<void(const StoredMessage&)>& sink) const {
    auto row = state_->database.statement(
        std::string(stored_columns).append(" WHERE missing_since IS NULL"));
    while (row.step()) {
        sink(read_stored(row));
    }
}

}  // namespace mailkeep::catalog
