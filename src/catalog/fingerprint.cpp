// SPDX-License-Identifier: Apache-2.0
// The catalog against itself: what its rows amount to, and what SQLite finds wrong.
#include "state.hpp"

#include <fmt/format.h>

#include <array>

namespace mailkeep::catalog {

namespace {

struct Rows {
    std::string_view table;
    std::string_view sql;
};

/// What apply() makes of the archive, in full. Not runs, which the archive tells only in part, nor
/// web_sessions, nor `applied`, whose catalog id is random. Of the search index every word at every
/// place.
constexpr std::array derived{
    Rows{"accounts", "SELECT * FROM accounts ORDER BY id"},
    Rows{"mailboxes", "SELECT * FROM mailboxes ORDER BY id"},
    Rows{"messages", "SELECT * FROM messages ORDER BY key"},
    Rows{"attachments", "SELECT * FROM attachments ORDER BY message_key, position"},
    Rows{"placements", "SELECT * FROM placements ORDER BY id"},
    Rows{"flag_changes", "SELECT * FROM flag_changes ORDER BY id"},
    Rows{"restored", "SELECT * FROM restored ORDER BY id"},
    Rows{"users", "SELECT * FROM users ORDER BY name"},
    Rows{"search", "SELECT term, doc, col, offset FROM temp.words"},
};

Digest digest_of(Statement row) {
    Sha256 digest;
    while (row.step()) {
        digest.add(row.packed_row());
    }
    return digest.finish();
}

}  // namespace

std::map<std::string, Digest> Catalog::fingerprint() const {
    auto& database = state_->database;
    database.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(search, mail, instance)");
    Transaction transaction(database, Transaction::Kind::read);
    std::map<std::string, Digest> digests;
    for (const auto& [table, sql] : derived) {
        digests.emplace(table, digest_of(database.statement_once(sql)));
    }
    return digests;
}

std::vector<std::string> Catalog::integrity_findings() const {
    auto& database = state_->database;
    std::vector<std::string> findings;
    const auto note = [&](std::string_view file, const std::vector<std::string>& lines) {
        for (const auto& line : lines) {
            if (line != "ok") {
                findings.push_back(fmt::format("{}: {}", file, line));
            }
        }
    };
    note(catalog_file, database.lines_of("PRAGMA main.integrity_check"));
    note(catalog_file,
         database.lines_of("SELECT format('%s %d points to a %s that is not there', \"table\","
                           " rowid, parent) FROM pragma_foreign_key_check"));
    note(search_file, database.lines_of("PRAGMA search.integrity_check"));
    if (database.access() == Access::read_write) {  // FTS5 takes its check for a write
        note(search_file,
             database.lines_of("INSERT INTO search.mail (mail) VALUES ('integrity-check')"));
    }
    note(search_file, database.lines_of("SELECT format('message %d is not indexed', key)"
                                        " FROM main.messages WHERE key NOT IN"
                                        " (SELECT rowid FROM search.mail)"));
    return findings;
}

}  // namespace mailkeep::catalog
