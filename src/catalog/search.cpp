// SPDX-License-Identifier: Apache-2.0
// The search index, and searching: keys newest first, page by page, then the lines to show.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "compile.hpp"
#include "flag_columns.hpp"
#include "moment.hpp"
#include "rows.hpp"
#include "state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace mailkeep::catalog {

namespace {

constexpr std::size_t most_items = 500;
constexpr std::int64_t after_all = std::numeric_limits<std::int64_t>::max();

std::int64_t key_of_cursor(const std::string& cursor) {
    if (cursor.empty()) {
        return after_all;
    }
    const auto key = parse_number(cursor);
    if (!key || *key > static_cast<std::uint64_t>(after_all)) {
        throw Error(Errc::invalid, "\"" + cursor + "\" is not a page's cursor");
    }
    return static_cast<std::int64_t>(*key);
}

/// One search as the statement that both counts and lists, FROM to WHERE. Before some key.
class KeySearch {
  public:
    KeySearch(Database& database, Compiler compiler, const Term& term,
              std::optional<Timestamp> as_of)
        : database_(database), compiler_(std::move(compiler)) {
        const auto [match, others] = compiler_.conditions(term);
        const std::string known_then =
            as_of ? " AND EXISTS (SELECT 1 FROM placements AS p WHERE p.message_key = m.key"
                    " AND p.seen_at <= ?1)"
                  : "";
        if (match.empty()) {
            key_ = "m.key";
            body_ = "FROM messages AS m WHERE " + others + known_then;
            return;
        }
        key_ = "f.rowid";
        const bool needs_messages = others != "TRUE" || as_of || has_dead_words();
        body_ = fmt::format("FROM search.mail AS f {} WHERE f.mail MATCH {} AND {}{}",
                            needs_messages ? "CROSS JOIN messages AS m ON m.key = f.rowid" : "",
                            match, others, known_then);
    }

    /// One more than most_counted when there are more.
    [[nodiscard]] std::uint64_t count() {
        auto row = statement(
            fmt::format("SELECT count(*) FROM (SELECT 1 {} LIMIT {})", body_, most_counted + 1));
        MAILKEEP_ASSERT(row.step());
        return row.number<std::uint64_t>();
    }

    [[nodiscard]] std::vector<MessageKey> keys(std::int64_t before, std::size_t most) {
        const auto cursor = compiler_.parameter(before);
        const auto limit = compiler_.parameter(static_cast<std::int64_t>(most));
        auto row = statement(fmt::format("SELECT {0} {1} AND {0} < {2} ORDER BY {0} DESC LIMIT {3}",
                                         key_, body_, cursor, limit));
        std::vector<MessageKey> found;
        while (row.step()) {
            found.push_back(row.id<MessageKey>());
        }
        return found;
    }

  private:
    [[nodiscard]] bool has_dead_words() {
        auto row = database_.statement("SELECT EXISTS (SELECT 1 FROM dead_keys)");
        return row.step() && row.truth();
    }

    Statement statement(const std::string& sql) {
        auto row = database_.statement_once(sql);
        compiler_.bind(row);
        return row;
    }

    Database& database_;
    Compiler compiler_;
    std::string key_;
    std::string body_;
};

/// Where the message stands, or stood.
void read_place(Database& database, std::optional<Timestamp> as_of, ListedMessage& listed) {
    auto row = database.statement(fmt::format(
        "SELECT a.name, {}, {}, {}, {}, NOT {} FROM placements AS p"
        " JOIN mailboxes AS b ON b.id = p.mailbox_id JOIN accounts AS a ON a.id = b.account_id"
        " WHERE p.message_key = ?2 AND p.seen_at <= ?1 ORDER BY 6, p.id LIMIT 1",
        called_sql(as_of, "name"), flags_sql(as_of, "flags"), flags_sql(as_of, "keywords"),
        flags_sql(as_of, "labels"), stands_sql));
    row.bind(moment_of(as_of), listed.key);
    listed.is_gone = true;
    if (row.step()) {
        listed.account = row.text();
        listed.mailbox = row.text();
        listed.flags = read_flags(row);
        listed.is_gone = row.truth();
    }
}

}  // namespace

ListedMessage read_listed(Database& database, MessageKey key, std::optional<Timestamp> as_of) {
    auto row = database.statement(
        "SELECT key, content_id, date, sender, recipients, subject, size, missing_since IS NOT NULL"
        " OR EXISTS (SELECT 1 FROM damage AS d WHERE d.content_id = messages.content_id)"
        " FROM messages WHERE key = ?");
    row.bind(key);
    MAILKEEP_ASSERT(row.step());
    ListedMessage listed;
    listed.key = row.id<MessageKey>();
    listed.content_id = row.digest();
    listed.date = row.timestamp();
    listed.from = row.text();
    listed.to = row.text();
    listed.subject = row.text();
    listed.size = row.number<std::uint64_t>();
    listed.is_damaged = row.truth();
    listed.attachments = read_attachments(database, key);
    read_place(database, as_of, listed);
    return listed;
}

SearchPage Catalog::search(const SearchQuery& query, std::optional<Timestamp> as_of, Timestamp now,
                           const PageRequest& request) const {
    const auto before = key_of_cursor(request.cursor);
    const auto limit = std::clamp<std::size_t>(request.limit, 1, most_items);
    auto& database = state_->database;
    Transaction transaction(database, Transaction::Kind::read);
    KeySearch search(database, Compiler(state_->tokenizer, as_of, now, Scope::message), query.term,
                     as_of);
    SearchPage found;
    const auto count = search.count();
    found.total = std::min(count, most_counted);
    found.total_is_exact = count <= most_counted;
    auto keys = search.keys(before, limit + 1);
    if (keys.size() > limit) {
        keys.pop_back();
        found.page.next = std::to_string(keys.back().value);
    }
    for (const auto key : keys) {
        found.page.items.push_back(read_listed(database, key, as_of));
    }
    return found;
}

}  // namespace mailkeep::catalog
