// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/catalog/catalog.hpp"

#include "mailkeep/base/error.hpp"

#include "migrate.hpp"
#include "state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::catalog {

namespace {

std::filesystem::path prepared_file(const std::filesystem::path& file, Schema schema, Access access,
                                    const Secret& key) {
    if (access == Access::read_write) {
        migrate(file, migrations_of(schema), key);
    }
    return file;
}

/// An Error when a reader finds another schema than the newest.
void require_schema(Database& database, const std::string& name, const std::filesystem::path& file,
                    Schema schema) {
    if (database.access() == Access::read_only) {
        require_newest(database, name, file, migrations_of(schema));
    }
}

}  // namespace

Catalog::State::State(const std::filesystem::path& data, Access access, const Secret& key)
    : database(prepared_file(data / catalog_file, Schema::catalog, access, key), access, key),
      tokenizer(database) {
    require_schema(database, "main", data / catalog_file, Schema::catalog);
    const auto search = prepared_file(data / search_file, Schema::search, access, key);
    database.attach(search, "search");
    require_schema(database, "search", search, Schema::search);
    // Before DELE the catalog must be on the disk. The index may fall behind in a power cut: it
    // says so by its batch number, and is told again.
    database.execute("PRAGMA main.synchronous = full");
    adopt_search();
}

/// A search index says whose it is: keys of another catalog would find the wrong messages. That
/// happens when one of the files was put back or taken away alone.
void Catalog::State::adopt_search() {
    const bool is_reader = database.access() == Access::read_only;
    if (is_reader && fits("s.catalog = m.catalog")) {
        return;
    }
    if (is_reader) {
        throw Error(Errc::not_found,
                    std::string("the search index does not belong to this catalog"),
                    "Run a command that writes, such as `mailkeep backup`; it makes it anew.");
    }
    // An older catalog lacks names of attachments and would not ask for them any more. Words of
    // another version of reading mail are not those that are asked for.
    const auto usable = fmt::format(
        "s.catalog = m.catalog AND s.batch <= m.batch AND s.text_version = {}", text_version);
    if (fits(usable)) {
        return;
    }
    Transaction transaction(database, Transaction::Kind::write);
    if (!fits(usable)) {  // whoever is at work on both files commits one after the other
        empty_search();
    }
    transaction.commit();
}

/// About search.applied as s and main.applied as m.
bool Catalog::State::fits(std::string_view condition) {
    auto row = database.statement_once("SELECT " + std::string(condition) +
                                       " FROM search.applied AS s, main.applied AS m");
    return row.step() && row.truth();
}

void Catalog::State::empty_search() {
    database.execute(fmt::format(
        "INSERT INTO search.mail (mail) VALUES ('delete-all');"
        "INSERT INTO search.parts (parts) VALUES ('delete-all');"
        "DELETE FROM search.texts; DELETE FROM search.pending;"
        "INSERT INTO search.pending SELECT key FROM main.messages WHERE missing_since IS NULL;"
        "UPDATE search.applied SET batch = (SELECT batch FROM main.applied),"
        " catalog = (SELECT catalog FROM main.applied), text_version = {};"
        "DELETE FROM main.dead_keys",
        text_version));
    next_free_key_.clear();
}

Applied Catalog::State::applied() {
    auto row = database.statement(
        "SELECT (SELECT batch FROM main.applied), (SELECT batch FROM search.applied)");
    MAILKEEP_ASSERT(row.step());
    const auto catalog = row.number<std::uint64_t>();
    return {catalog, row.number<std::uint64_t>()};
}

void Catalog::State::apply_to_catalog(const CommittedBatch& batch,
                                      std::span<const MessageSummary> summaries) {
    if (batch.number != applying_batch_ + 1) {
        next_free_key_.clear();  // the one before was rolled back, or is not known
    }
    applying_batch_ = batch.number;
    applying_at_ = batch.at;
    broken_threads_.clear();
    seen_in_.reset();
    added_ = {};
    add_messages(batch, summaries);
    for (const auto& event : batch.events) {
        if (!std::holds_alternative<Seen>(event.what)) {
            seen_in_.reset();
        }
        std::visit([&](const auto& what) { apply(event, what); }, event.what);
    }
    mend_threads();
    write_counts();
    database.statement("UPDATE main.applied SET batch = ?, at = ?")
        .bind(batch.number, batch.at)
        .run();
}

Catalog::Catalog(const std::filesystem::path& data, Access access, const Secret& key)
    : state_(std::make_unique<State>(data, access, key)) {}

Catalog::~Catalog() = default;
Catalog::Catalog(Catalog&&) noexcept = default;
Catalog& Catalog::operator=(Catalog&&) noexcept = default;

void Catalog::together(const std::function<void()>& changes) {
    state_->database.set_cache(Database::Cache::many_changes);
    Transaction transaction(state_->database, Transaction::Kind::write);
    changes();
    transaction.commit();
}

void Catalog::bound_memory() {
    state_->database.bound_memory();
}

void Catalog::rest() {
    state_->database.set_cache(Database::Cache::usual);
}

void Catalog::at_one_moment(const std::function<void()>& reads) const {
    const Transaction transaction(state_->database, Transaction::Kind::read);
    reads();
}

std::uint64_t Catalog::applied_up_to() const {
    return state_->applied().both();
}

void Catalog::apply(const CommittedBatch& batch, std::span<const MessageSummary> summaries) {
    Transaction transaction(state_->database, Transaction::Kind::write);
    const auto applied = state_->applied();
    MAILKEEP_ASSERT(batch.number <= applied.both() + 1);
    if (batch.number > applied.catalog) {
        state_->apply_to_catalog(batch, summaries);
    }
    if (batch.number > applied.search) {
        state_->apply_to_search(batch);
    }
    transaction.commit();
}

std::vector<const MessageSummary*> match_summaries(const CommittedBatch& batch,
                                                   std::span<const MessageSummary> summaries) {
    std::map<ContentId, const MessageSummary*> by_id;
    for (const auto& summary : summaries) {
        by_id.emplace(summary.content_id, &summary);
    }
    std::vector<const MessageSummary*> matched;
    for (const auto& message : batch.messages) {
        const auto found = by_id.find(message.content_id);
        MAILKEEP_ASSERT(found != by_id.end());
        matched.push_back(found->second);
    }
    return matched;
}

std::vector<std::string> file_names() {
    std::vector<std::string> names;
    for (const std::string file : {catalog_file, search_file}) {
        names.insert(names.end(), {file, file + "-wal", file + "-shm"});
    }
    return names;
}

}  // namespace mailkeep::catalog
