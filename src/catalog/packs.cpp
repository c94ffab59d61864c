// SPDX-License-Identifier: Apache-2.0
// Packs the catalog reads from, and messages found damaged: what is known about the files of the
// archive beside what its batches tell.
#include "state.hpp"

namespace mailkeep::catalog {

namespace {

constexpr std::string_view pack_columns =
    "SELECT name, messages, adopted_at, verified_at, coalesce(verified_ok, 1) FROM packs";

/// What was noted, and the stubs of messages that only events tell of.
constexpr std::string_view damage_columns =
    "SELECT content_id, what, found_at FROM (SELECT content_id, what, found_at FROM damage"
    " UNION ALL SELECT content_id, 'the archive tells of it but does not hold it', missing_since"
    " FROM messages WHERE missing_since IS NOT NULL"
    " AND content_id NOT IN (SELECT content_id FROM damage))";

std::vector<AdoptedPack> read_packs(Statement row) {
    std::vector<AdoptedPack> found;
    while (row.step()) {
        AdoptedPack pack;
        pack.name = row.text();
        pack.messages = row.number<std::uint64_t>();
        pack.adopted_at = row.timestamp();
        pack.verified_at = row.optional_timestamp();
        pack.is_sound = row.truth();
        found.push_back(std::move(pack));
    }
    return found;
}

DamagedMessage read_damage(Statement& row) {
    DamagedMessage damaged;
    damaged.content_id = row.digest();
    damaged.what = row.text();
    damaged.found_at = row.timestamp();
    return damaged;
}

}  // namespace

void Catalog::adopt(std::string_view pack, std::span<const StoredMessage> messages, Timestamp at) {
    auto& database = state_->database;
    Transaction transaction(database, Transaction::Kind::write);
    for (const auto& message : messages) {
        const auto& location = message.location;
        database
            .statement(
                "UPDATE messages SET file = ?, frame = ?, offset = ?"
                " WHERE content_id = ? AND missing_since IS NULL")
            .bind(location.file, location.frame, location.offset, message.content_id)
            .run();
    }
    database
        .statement(
            "INSERT INTO packs (name, messages, adopted_at) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET messages = excluded.messages")
        .bind(pack, messages.size(), at)
        .run();
    transaction.commit();
}

std::vector<AdoptedPack> Catalog::adopted_packs() const {
    return read_packs(
        state_->database.statement(std::string(pack_columns).append(" ORDER BY name")));
}

void Catalog::forget_pack(std::string_view pack) {
    state_->database.statement("DELETE FROM packs WHERE name = ?").bind(pack).run();
}

void Catalog::set_pack_verified(std::string_view pack, Timestamp at, bool is_sound) {
    state_->database.statement("UPDATE packs SET verified_at = ?, verified_ok = ? WHERE name = ?")
        .bind(at, is_sound ? 1 : 0, pack)
        .run();
}

std::vector<AdoptedPack> Catalog::least_recently_verified(std::size_t most) const {
    auto row = state_->database.statement(
        std::string(pack_columns)
            .append(" ORDER BY coalesce(verified_ok, 1) DESC, coalesce(verified_at, adopted_at),"
                    " name LIMIT ?"));
    row.bind(most);
    return read_packs(std::move(row));
}

void Catalog::note_damage(const DamagedMessage& damaged) {
    state_->database
        .statement(
            "INSERT INTO damage (content_id, found_at, what) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET what = excluded.what")
        .bind(damaged.content_id, damaged.found_at, damaged.what)
        .run();
}

void Catalog::clear_damage(const ContentId& content_id) {
    state_->database.statement("DELETE FROM damage WHERE content_id = ?").bind(content_id).run();
}

std::vector<DamagedMessage> Catalog::damaged() const {
    auto row =
        state_->database.statement(std::string(damage_columns).append(" ORDER BY content_id"));
    std::vector<DamagedMessage> found;
    while (row.step()) {
        found.push_back(read_damage(row));
    }
    return found;
}

std::optional<DamagedMessage> Catalog::damage_of(const ContentId& content_id) const {
    auto row =
        state_->database.statement(std::string(damage_columns).append(" WHERE content_id = ?"));
    row.bind(content_id);
    return row.step() ? std::optional(read_damage(row)) : std::nullopt;
}

}  // namespace mailkeep::catalog
