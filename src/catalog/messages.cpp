// SPDX-License-Identifier: Apache-2.0
// Messages: one row for each content, whose key grows with the date, so that "newest first" is the
// order of the table and of the search index.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "fields.hpp"
#include "rows.hpp"
#include "state.hpp"

#include <algorithm>

namespace mailkeep::catalog {

namespace {

using namespace std::chrono;

/// Keys of one minute; the next ones spill into the minute after.
constexpr std::int64_t keys_a_minute = 64;
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
    next_free_key_.clear();
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

/// A message stored again, as after damage, is read from its newest copy.
void Catalog::State::insert_message(const StoredMessage& stored, const MessageSummary& summary,
                                    Timestamp date) {
    const auto& location = stored.location;
    if (const auto known = key_of(stored.content_id)) {
        database.statement("UPDATE messages SET file = ?, frame = ?, offset = ? WHERE key = ?")
            .bind(location.file, location.frame, location.offset, known)
            .run();
        return;
    }
    const auto key = free_key(date);
    database
        .statement(
            "INSERT INTO messages (key, content_id, size, file, frame, offset, date,"
            " sent_date, subject, sender, recipients, cc, bcc, message_id, list_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(key, stored.content_id, stored.size, location.file, location.frame, location.offset,
              date, summary.sent_date, summary.subject, summary.from, summary.to, summary.cc,
              summary.bcc, summary.message_id, summary.list_id)
        .run();
    for (std::size_t i = 0; i < summary.attachments.size(); ++i) {
        database.statement("INSERT INTO attachments (message_key, position, name) VALUES (?, ?, ?)")
            .bind(key, i, summary.attachments[i])
            .run();
    }
}

MessageKey Catalog::State::key_of(const ContentId& content_id) {
    auto row = database.statement("SELECT key FROM messages WHERE content_id = ?");
    row.bind(content_id);
    return row.step() ? row.id<MessageKey>() : MessageKey{};
}

/// The first free key of the minute, in order of application: a rebuild gives the same keys.
MessageKey Catalog::State::free_key(Timestamp date) {
    const auto first = floor<minutes>(date).time_since_epoch().count() * keys_a_minute;
    auto& candidate = next_free_key_.try_emplace(first, first).first->second;
    auto row = database.statement("SELECT key FROM messages WHERE key >= ? ORDER BY key");
    row.bind(candidate);
    while (row.step() && row.integer() == candidate) {
        ++candidate;
    }
    return MessageKey{candidate};
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
    auto row =
        state_->database.statement(std::string(stored_columns).append(" WHERE content_id = ?"));
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
    return detail;
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
        "SELECT count(*), coalesce(sum(size), 0),"
        " (SELECT count(*) FROM placements WHERE stands_until IS NULL) FROM messages");
    MAILKEEP_ASSERT(row.step());
    return {.messages = row.number<std::uint64_t>(),
            .octets = row.number<std::uint64_t>(),
            .placements = row.number<std::uint64_t>()};
}

void Catalog::for_each_stored(const std::function<void(const StoredMessage&)>& sink) const {
    auto row = state_->database.statement(stored_columns);
    while (row.step()) {
        sink(read_stored(row));
    }
}

}  // namespace mailkeep::catalog
