// SPDX-License-Identifier: Apache-2.0
// The catalog against itself: what its rows amount to, and what SQLite finds wrong.
#include "state.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace mailkeep::catalog {

namespace {

struct Rows {
    std::string_view table;
    std::string_view sql;
};

/// What apply() makes of the archive. Not runs, which the archive tells only in part, nor
/// web_sessions, nor `applied`, whose catalog id is random, nor packs and damage. Not where octets
/// stand: they move from journals to packs. Not keys: in a catalog made after a message was
/// expired and its octets dropped, its neighbours of the same minute have others.
constexpr std::array derived{
    Rows{"accounts", "SELECT * FROM accounts ORDER BY id"},
    Rows{"mailboxes", "SELECT * FROM mailboxes ORDER BY id"},
    Rows{"mailbox_names", "SELECT * FROM mailbox_names ORDER BY rowid"},
    Rows{"messages",
         "SELECT content_id, size, date, sent_date, subject, sender, recipients, cc, bcc,"
         " message_id, list_id, missing_since FROM messages ORDER BY content_id"},
    Rows{"threads",
         "SELECT content_id, min(content_id) OVER (PARTITION BY thread) FROM messages"
         " ORDER BY content_id"},
    Rows{"attachments",
         "SELECT m.content_id, t.position, t.name FROM messages AS m JOIN attachments AS t"
         " ON t.message_key = m.key ORDER BY m.content_id, t.position"},
    Rows{"placements",
         "SELECT p.mailbox_id, p.uid_validity, p.uid, p.unique_id, m.content_id, p.size,"
         " p.internal_date, p.internal_zone, p.flags, p.keywords, p.seen_at, p.seen_run, p.gone_at,"
         " p.gone_run, p.gone_reason, p.gone_proof, p.stands_until, p.object_id, p.labels FROM "
         "placements AS p"
         " JOIN messages AS m"
         " ON m.key = p.message_key ORDER BY p.id"},
    Rows{"flag_changes",
         "SELECT p.mailbox_id, p.uid_validity, p.uid, p.seen_at, c.at, c.run, c.flags, c.keywords, "
         "c.labels"
         " FROM flag_changes AS c JOIN placements AS p ON p.id = c.placement_id ORDER BY c.id"},
    Rows{"restored", "SELECT * FROM restored ORDER BY id"},
    Rows{"users", "SELECT * FROM users ORDER BY name"},
    Rows{"expired", "SELECT * FROM expired ORDER BY content_id"},
    Rows{"holds", "SELECT * FROM holds ORDER BY name"},
};

Digest digest_of(Statement row) {
    Sha256 digest;
    while (row.step()) {
        digest.add(row.packed_row());
    }
    return digest.finish();
}

/// Not the words of texts that come with attachments: what of these was read depends on the machine
/// and the day, and the index cannot tell one from the other. {} is a table of such words.
constexpr std::string_view words =
    "SELECT w.term, m.content_id, w.col, w.offset FROM temp.{} AS w"
    " CROSS JOIN messages AS m ON m.key = w.doc WHERE w.col <> 'body'"
    " OR NOT EXISTS (SELECT 1 FROM attachments AS t WHERE t.message_key = m.key)";

/// Every word at every place in the search index, of messages there are. The index gives them by
/// key, so what comes out must not depend on the order: a sum of the digests of all rows, as four
/// numbers.
Digest digest_of_words(Statement row) {
    std::array<std::uint64_t, 4> sum{};
    while (row.step()) {
        const auto digest = sha256(row.packed_row());
        for (std::size_t i = 0; i < sum.size(); ++i) {
            std::uint64_t part = 0;
            std::memcpy(&part, digest.octets.data() + i * sizeof part, sizeof part);
            sum.at(i) += part;
        }
    }
    Digest total;
    std::memcpy(total.octets.data(), sum.data(), total.octets.size());
    return total;
}

}  // namespace

std::map<std::string, Digest> Catalog::fingerprint() const {
    auto& database = state_->database;
    database.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(search, mail, instance);"
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.trigrams USING fts5vocab(search, parts, "
        "instance)");
    Transaction transaction(database, Transaction::Kind::read);
    std::map<std::string, Digest> digests;
    for (const auto& [table, sql] : derived) {
        digests.emplace(table, digest_of(database.statement_once(sql)));
    }
    for (const auto& [name, table] : {std::pair{"search", "words"}, {"parts", "trigrams"}}) {
        digests.emplace(name, digest_of_words(database.statement_once(fmt::format(words, table))));
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
        for (const auto* const sql :
             {"INSERT INTO search.mail (mail) VALUES ('integrity-check')",
              "INSERT INTO search.parts (parts) VALUES ('integrity-check')"}) {
            note(search_file, database.lines_of(sql));
        }
    }
    // While the index lags behind, it lacks messages.
    note(search_file, database.lines_of("SELECT format('message %d is not indexed', key)"
                                        " FROM main.messages WHERE missing_since IS NULL"
                                        " AND key NOT IN (SELECT rowid FROM search.mail)"
                                        " AND key NOT IN (SELECT key FROM search.pending)"
                                        " AND (SELECT batch FROM main.applied) ="
                                        " (SELECT batch FROM search.applied)"));
    return findings;
}

}  // namespace mailkeep::catalog
