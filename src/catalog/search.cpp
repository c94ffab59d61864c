// SPDX-License-Identifier: Apache-2.0
// Searching: keys newest first or best first, page by page, then the lines to show.
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

/// What a word weighs in the columns of the index: subject, sender, recipients, cc, bcc, body,
/// attachments. A word in the subject says more of a message than one in its text.
constexpr std::string_view weights = "8, 4, 2, 1, 1, 1, 3";

/// Counting ends here, in steps of SQLite's machine, be there more or not.
constexpr int most_work = 3'000'000;

/// How many hits there are in all.
struct Total {
    std::uint64_t counted = 0;  ///< most_counted at most
    bool is_exact = true;       ///< else there are more, or may be
};

/// Where a page ends, and the total, so that nobody counts again.
struct Cursor {
    std::int64_t before = after_all;
    std::optional<Total> total;
};

/// "KEY.TOTAL", with a minus behind a total that is not exact.
std::string cursor_text(MessageKey last, const Total& total) {
    return fmt::format("{}.{}{}", last.value, total.counted, total.is_exact ? "" : "-");
}

Error no_cursor(const std::string& text) {
    return {Errc::invalid, "\"" + text + "\" is not a page's cursor"};
}

Cursor read_cursor(const std::string& text) {
    if (text.empty()) {
        return {};
    }
    std::string_view rest(text);
    const bool is_exact = !rest.ends_with('-');
    rest.remove_suffix(is_exact ? 0 : 1);
    const auto dot = std::min(rest.find('.'), rest.size() - 1);
    const auto key = parse_number(rest.substr(0, dot));
    const auto counted = parse_number(rest.substr(dot + 1));
    if (!key || *key > static_cast<std::uint64_t>(after_all) || !counted ||
        *counted > most_counted) {
        throw no_cursor(text);
    }
    return {static_cast<std::int64_t>(*key), Total{*counted, is_exact}};
}

/// Where a page of the best ends. What came later than its first page was asked for stays out of
/// all that follow.
struct RankedCursor {
    std::int64_t newest = after_all;
    std::optional<MessageKey> last;
};

/// "best.NEWEST.LAST"
std::string ranked_cursor_text(MessageKey newest, MessageKey last) {
    return fmt::format("best.{}.{}", newest.value, last.value);
}

RankedCursor read_ranked_cursor(const std::string& text) {
    if (text.empty()) {
        return {};
    }
    const auto words = split(text, '.');
    const auto number = [&](std::size_t i) {
        const auto read =
            words.size() == 3 && words[0] == "best" ? parse_number(words[i]) : std::nullopt;
        if (!read || *read > static_cast<std::uint64_t>(after_all)) {
            throw no_cursor(text);
        }
        return static_cast<std::int64_t>(*read);
    };
    return {number(1), MessageKey{number(2)}};
}

/// One search as the statement that both counts and lists, FROM to WHERE. Before some key.
class KeySearch {
  public:
    KeySearch(Database& database, Compiler compiler, const Term& term,
              std::optional<Timestamp> as_of)
        : database_(database), compiler_(std::move(compiler)) {
        const auto conditions = compiler_.conditions(term);
        key_ = conditions.key;
        has_rank_ = conditions.is_of_words;
        distinct_ = conditions.may_repeat ? "DISTINCT" : "";
        body_ = fmt::format("FROM {} AND {}{}", conditions.from, conditions.others,
                            within(conditions, as_of));
    }

    struct Found {
        std::vector<MessageKey> keys;  ///< `most` at most
        Total total;                   ///< of these and all that follow
    };

    [[nodiscard]] Found find(std::int64_t before, std::size_t most) {
        auto row = listing(before, most_counted + 1);
        Found found;
        auto& counted = found.total.counted;
        for (; counted < most && row.step(); ++counted) {
            found.keys.push_back(row.id<MessageKey>());
        }
        auto step = counted < most ? Statement::Step::end : Statement::Step::row;
        while (counted <= most_counted && step == Statement::Step::row) {
            step = row.step_within(most_work);
            counted += step == Statement::Step::row ? 1 : 0;
        }
        found.total.is_exact = step != Statement::Step::given_up && counted <= most_counted;
        counted = std::min(counted, most_counted);
        return found;
    }

    /// Without the total.
    [[nodiscard]] std::vector<MessageKey> keys(std::int64_t before, std::size_t most) {
        auto row = listing(before, most);
        std::vector<MessageKey> found;
        while (row.step()) {
            found.push_back(row.id<MessageKey>());
        }
        return found;
    }

    /// Whether hits differ in how well they fit: words are asked for.
    [[nodiscard]] bool has_rank() const { return has_rank_; }

    /// The newest, most_counted at most, no newer than this one; the best first, of like ones the
    /// newest. Requires: has_rank().
    [[nodiscard]] Found find_best(std::int64_t newest) {
        struct Ranked {
            std::int64_t score = 0;
            MessageKey key;
        };

        auto row = listing(newest == after_all ? newest : newest + 1, most_counted + 1,
                           fmt::format("CAST(bm25(f.mail, {}) * -1e12 AS INTEGER), ", weights));
        std::vector<Ranked> ranked;
        auto step = Statement::Step::row;
        while (ranked.size() <= most_counted && step == Statement::Step::row) {
            step = row.step_within(most_work);
            if (step == Statement::Step::row) {
                const auto score = row.integer();
                ranked.push_back({score, row.id<MessageKey>()});
            }
        }
        Found found;
        found.total.is_exact = step != Statement::Step::given_up && ranked.size() <= most_counted;
        ranked.resize(std::min<std::size_t>(ranked.size(), most_counted));
        found.total.counted = ranked.size();
        std::stable_sort(ranked.begin(), ranked.end(),
                         [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
        for (const auto& each : ranked) {
            found.keys.push_back(each.key);
        }
        return found;
    }

  private:
    /// Keys grow with dates, but for where a minute was full; and mail is sent before it is seen,
    /// but for wrong dates. The catalog knows how much that is at most.
    [[nodiscard]] std::string within(const Conditions& conditions, std::optional<Timestamp> as_of) {
        auto row = database_.statement("SELECT most_moved, most_ahead FROM message_counts");
        MAILKEEP_ASSERT(row.step());
        const auto most_moved = row.integer();
        auto until = conditions.until;
        if (as_of) {
            const auto seen = unix_ms(*as_of) + row.integer() + 1;
            until = std::min(until.value_or(seen), seen);
        }
        std::string sql;
        if (conditions.from_date) {
            sql +=
                fmt::format(" AND {} >= {}", key_, first_key(from_unix_ms(*conditions.from_date)));
        }
        if (until) {
            sql += fmt::format(" AND {} <= {}", key_, first_key(from_unix_ms(*until)) + most_moved);
        }
        return sql;
    }

    Statement listing(std::int64_t before, std::size_t most, std::string_view first_column = "") {
        const auto cursor = compiler_.parameter(before);
        const auto limit = compiler_.parameter(static_cast<std::int64_t>(most));
        auto row = database_.statement_once(
            fmt::format("SELECT {4} {5} {0} {1} AND {0} < {2} ORDER BY {0} DESC LIMIT {3}", key_,
                        body_, cursor, limit, distinct_, first_column));
        compiler_.bind(row);
        return row;
    }

    Database& database_;
    Compiler compiler_;
    std::string key_;
    std::string_view distinct_;
    std::string body_;
    bool has_rank_ = false;
};

struct KeyPage {
    KeySearch::Found found;
    std::string next;  ///< empty: this is the last page
};

/// Hits are ranked anew for each page, which goes on behind the last one that was shown. As mail
/// comes in, scores move a little: two that are close may change places.
KeyPage best_page(KeySearch& search, const std::string& text, std::size_t limit) {
    const auto cursor = read_ranked_cursor(text);
    auto found = search.find_best(cursor.newest);
    auto& keys = found.keys;
    const auto newest = keys.empty() ? MessageKey{} : *std::max_element(keys.begin(), keys.end());
    auto begin = keys.begin();
    if (cursor.last) {
        begin = std::find(keys.begin(), keys.end(), *cursor.last);
        if (begin == keys.end()) {
            throw Error(Errc::invalid, "the last message of the page before is no longer found",
                        "Begin with the first page again.");
        }
        ++begin;
    }
    keys.erase(keys.begin(), begin);
    KeyPage page{std::move(found), ""};
    if (page.found.keys.size() > limit) {
        page.found.keys.resize(limit);
        page.next = ranked_cursor_text(newest, page.found.keys.back());
    }
    return page;
}

KeyPage newest_page(KeySearch& search, const std::string& text, std::size_t limit) {
    const auto cursor = read_cursor(text);
    KeyPage page;
    page.found = cursor.total
                     ? KeySearch::Found{search.keys(cursor.before, limit + 1), *cursor.total}
                     : search.find(cursor.before, limit + 1);
    auto& keys = page.found.keys;
    if (keys.size() > limit) {
        keys.resize(limit);
        page.next = cursor_text(keys.back(), page.found.total);
    }
    return page;
}

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
                           const PageRequest& request, SearchOrder order) const {
    const auto limit = std::clamp<std::size_t>(request.limit, 1, most_items);
    auto& database = state_->database;
    Transaction transaction(database, Transaction::Kind::read);
    KeySearch search(database, Compiler(database, state_->tokenizer, as_of, now, Scope::message),
                     query.term, as_of);
    const bool is_by_rank = order == SearchOrder::relevance && search.has_rank();
    const auto [hits, next] = is_by_rank ? best_page(search, request.cursor, limit)
                                         : newest_page(search, request.cursor, limit);
    SearchPage found;
    found.total = hits.total.counted;
    found.total_is_exact = hits.total.is_exact;
    found.page.next = next;
    for (const auto key : hits.keys) {
        found.page.items.push_back(read_listed(database, key, as_of));
    }
    return found;
}

}  // namespace mailkeep::catalog
