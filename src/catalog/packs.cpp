// SPDX-License-Identifier: Apache-2.0
// Packs the catalog reads from, messages found damaged, and chores: what is known about the files
// of the archive beside what its batches tell.
#include "state.hpp"

namespace mailkeep::catalog {

namespace {

constexpr std::string_view pack_columns =
    "SELECT name, messages, adopted_at, verified_at, finding, affected FROM packs";

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
        pack.finding = row.text();
        pack.affected = row.number<std::uint64_t>();
        found.push_back(std::move(pack));
    }
    return found;
}

std::string_view name_of(Chore chore) {
    switch (chore) {
        case Chore::journals:
            return "journals";
        case Chore::retention:
            return "retention";
        case Chore::replica:
            return "replica";
    }
    return {};
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

void Catalog::note_check(std::string_view pack, Timestamp at, std::string_view finding,
                         std::uint64_t affected) {
    state_->database
        .statement(
            "UPDATE packs SET verified_at = ?, verified_ok = ?, finding = ?, affected = ?"
            " WHERE name = ?")
        .bind(at, finding.empty() ? 1 : 0, finding, affected, pack)
        .run();
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

std::optional<ChoreDone> Catalog::chore(Chore chore) const {
    auto row = state_->database.statement("SELECT done_at, problem FROM chores WHERE name = ?");
    row.bind(name_of(chore));
    if (!row.step()) {
        return std::nullopt;
    }
    ChoreDone done;
    done.at = row.timestamp();
    done.problem = row.text();
    return done;
}

void Catalog::note_chore(Chore chore, const ChoreDone& done) {
    state_->database
        .statement("INSERT OR REPLACE INTO chores (name, done_at, problem) VALUES (?, ?, ?)")
        .bind(name_of(chore), done.at, done.problem)
        .run();
}

}  // namespace mailkeep::catalog
