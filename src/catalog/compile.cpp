// SPDX-License-Identifier: Apache-2.0
#include "compile.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "moment.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::catalog {

namespace {

bool is_of_words(const Term& term) {
    switch (term.kind) {
        case Term::Kind::word:
        case Term::Kind::phrase:
        case Term::Kind::prefix:
            return true;
        case Term::Kind::field: {
            const auto* field = find_field(term.field, term.value);
            return field != nullptr && field->about == About::words;
        }
        default:
            return false;
    }
}

/// What an FTS5 expression of the term begins with; empty for the whole message.
std::string match_of_column(const Term& term) {
    if (term.field.empty()) {
        return "";
    }
    const auto* field = find_field(term.field, term.value);
    MAILKEEP_ASSERT(field != nullptr && field->about == About::words);
    return "{" + std::string(field->sql) + "} : ";
}

std::string match_of_words(const Tokenizer& tokenizer, const Term& term) {
    const bool is_beginning =
        term.kind == Term::Kind::prefix || tokenizer.ends_in_beginning(term.value);
    return match_of_column(term) + fts_string(term.value) + (is_beginning ? " *" : "");
}

/// The FTS5 expression of a term that the index can answer alone. "Not" it can only say of
/// something found, so that negated terms are left to SQL or to the top.
std::optional<std::string> match_of(const Tokenizer& tokenizer, const Term& term) {
    if (is_of_words(term)) {
        return match_of_words(tokenizer, term);
    }
    if (term.kind != Term::Kind::all_of && term.kind != Term::Kind::any_of) {
        return std::nullopt;
    }
    std::vector<std::string> parts;
    for (const auto& child : term.terms) {
        auto part = match_of(tokenizer, child);
        if (!part) {
            return std::nullopt;
        }
        parts.push_back(std::move(*part));
    }
    return "(" + join(parts, term.kind == Term::Kind::all_of ? " AND " : " OR ") + ")";
}

/// Whether columns of m are asked for, besides its key.
bool asks_of_messages(const Term& term) {
    const auto* field =
        term.kind == Term::Kind::field ? find_field(term.field, term.value) : nullptr;
    return (field != nullptr && field->about == About::message) ||
           std::any_of(term.terms.begin(), term.terms.end(), asks_of_messages);
}

/// A SELECT of the placements of a message.
std::string of_message(std::string_view key, std::string_view condition) {
    return fmt::format(
        "SELECT 1 FROM placements AS p INDEXED BY placements_by_message"
        " WHERE p.message_key = {} AND {}",
        key, condition);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

}  // namespace

Compiler::Compiler(Database& database, const Tokenizer& tokenizer, std::optional<Timestamp> as_of,
                   Timestamp now, Scope scope)
    : database_(database), tokenizer_(tokenizer), as_of_(as_of), now_(now), scope_(scope) {}

std::string Compiler::parameter(Value value) {
    values_.push_back(std::move(value));
    return "?" + std::to_string(values_.size() + 1);
}

void Compiler::bind(Statement& statement) const {
    const auto count = statement.parameters();
    if (count == 0) {
        return;
    }
    statement.bind(moment_of(as_of_));
    for (std::size_t i = 0; i + 1 < count; ++i) {
        std::visit([&](const auto& any) { statement.bind(any); }, values_[i]);
    }
}

/// A row of a list costs some tenth of a look at a message, and of these are as many as the share
/// of what is looked for is small.
bool Compiler::are_few(const std::string& from) const {
    auto all = database_.statement("SELECT messages / 4 FROM message_counts");
    MAILKEEP_ASSERT(all.step());
    const auto most = all.integer();
    auto row = database_.statement_once(
        fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {})", from, most + 1));
    bind(row);
    MAILKEEP_ASSERT(row.step());
    return row.integer() <= most;
}

/// Everything a table of the index can answer goes into one MATCH, which then yields keys newest
/// first. Where no word is asked for, that may be the table of parts, or an index of placements.
Conditions Compiler::conditions(const Term& term) {
    const auto pruned = without_empty_words(term).value_or(Term{});
    const auto terms = pruned.kind == Term::Kind::all_of ? pruned.terms : std::vector<Term>{pruned};
    Conditions found;
    for (const auto& child : terms) {
        bound(child, found);
    }
    auto match = matched(terms);
    if (!match.expression.empty()) {
        drive_by_match(std::move(match), found);
    } else if (!drive_by_placements(terms, found)) {
        found.key = key_;
        found.from = "messages AS m WHERE TRUE";
        found.others = sql_of(pruned) + seen_then();
    }
    return found;
}

/// Rows of messages are read only for what they alone say.
void Compiler::drive_by_match(Match match, Conditions& found) {
    const bool needs_messages =
        has_dead_words() || std::any_of(match.others.begin(), match.others.end(), asks_of_messages);
    found.key = "f.rowid";
    found.is_of_words = match.table == "mail";
    key_ = "+f.rowid";  // else SQLite may ask the index for each of a list
    found.from = fmt::format("search.{0} AS f {1} WHERE f.{0} MATCH {2}", match.table,
                             needs_messages ? "CROSS JOIN messages AS m ON m.key = f.rowid" : "",
                             parameter(std::move(match.expression)));
    found.others = (match.others.empty() ? "TRUE" : joined(match.others, " AND ")) + seen_then();
}

/// A mailbox first: it is what people look into.
bool Compiler::drive_by_placements(std::vector<Term> terms, Conditions& found) {
    const auto about = [](const Term& term) {
        const auto* field =
            term.kind == Term::Kind::field ? find_field(term.field, term.value) : nullptr;
        return field == nullptr ? About::words : field->about;
    };
    const auto with = [&](About wanted) {
        return std::find_if(terms.begin(), terms.end(),
                            [&](const Term& term) { return about(term) == wanted; });
    };
    auto place = with(About::mailbox);
    place = place == terms.end() ? with(About::placement) : place;
    place = place == terms.end() && !as_of_ ? with(About::flags) : place;
    if (place == terms.end()) {
        return false;
    }
    const auto driving = *place;
    terms.erase(place);
    const auto sql = raw_sql(*find_field(driving.field, driving.value), driving);
    const bool is_large_mailbox =
        about(driving) == About::mailbox && !are_few("placements AS p WHERE " + sql);
    found.key = "p.message_key";
    found.may_repeat = true;
    found.from = fmt::format(
        "placements AS p {} {} WHERE {} AND {}",
        is_large_mailbox ? "INDEXED BY placements_by_message" : "",
        terms.empty() ? "" : "CROSS JOIN messages AS m ON m.key = p.message_key", sql, speaks_sql);
    found.others = terms.empty() ? "TRUE" : joined(terms, " AND ");
    return true;
}

/// The search index holds words of expired messages; there are no rows for these.
bool Compiler::has_dead_words() const {
    auto row = database_.statement("SELECT EXISTS (SELECT 1 FROM dead_keys)");
    return row.step() && row.truth();
}

/// Which messages there were at the moment.
std::string Compiler::seen_then() const {
    constexpr std::string_view seen = "p.seen_at <= ?1";
    if (!as_of_) {
        return "";
    }
    const auto from = fmt::format("placements AS p WHERE {}", seen);
    return are_few(from) ? fmt::format(" AND {} IN (SELECT p.message_key FROM {})", key_, from)
                         : fmt::format(" AND EXISTS ({})", of_message(key_, seen));
}

Compiler::Match Compiler::matched(const std::vector<Term>& terms) const {
    std::vector<std::string> wanted;
    std::vector<std::string> unwanted;
    Match words{.table = "mail"};
    Match parts{.table = "parts"};
    for (const auto& child : terms) {
        const bool is_negated = child.kind == Term::Kind::none_of;
        auto match = match_of(tokenizer_, is_negated ? child.terms.front() : child);
        if (match) {
            (is_negated ? unwanted : wanted).push_back(std::move(*match));
        } else {
            words.others.push_back(child);
        }
        if (child.kind == Term::Kind::part) {
            parts.expression += (parts.expression.empty() ? "" : " AND ") + part_match(child);
        } else {
            parts.others.push_back(child);
        }
    }
    if (wanted.empty()) {
        return parts;
    }
    words.expression = "(" + join(wanted, " AND ") + ")";
    if (!unwanted.empty()) {
        words.expression += " NOT (" + join(unwanted, " OR ") + ")";
    }
    return words;
}

/// What is asked of dates, so that no others are looked through.
void Compiler::bound(const Term& term, Conditions& found) const {
    const auto* field =
        term.kind == Term::Kind::field ? find_field(term.field, term.value) : nullptr;
    if (field == nullptr || field->dates == Dates::none) {
        return;
    }
    const auto values = values_for(*field, term.value, now_);
    if (!values) {
        return;  // field_sql says so
    }
    const auto at = [&](std::size_t i) { return std::get<std::int64_t>(values->at(i)); };
    if (field->dates != Dates::until) {
        found.from_date = std::max(found.from_date.value_or(at(0)), at(0));
    }
    if (field->dates != Dates::from) {
        const auto until = at(values->size() - 1);
        found.until = std::min(found.until.value_or(until), until);
    }
}

std::string Compiler::part_match(const Term& term) const {
    return match_of_column(term) + fts_string(tokenizer_.unaccented(term.value));
}

std::string Compiler::condition(const Term& term) {
    return sql_of(without_empty_words(term).value_or(Term{}));
}

std::optional<Term> Compiler::without_empty_words(const Term& term) const {
    if (is_of_words(term)) {
        return tokenizer_.folded(term.value).empty() ? std::nullopt : std::optional(term);
    }
    if (term.kind == Term::Kind::all || term.kind == Term::Kind::field ||
        term.kind == Term::Kind::part) {
        return term;
    }
    auto kept = term;
    kept.terms.clear();
    for (const auto& child : term.terms) {
        if (auto pruned = without_empty_words(child)) {
            kept.terms.push_back(std::move(*pruned));
        }
    }
    return kept.terms.empty() ? std::nullopt : std::optional(std::move(kept));
}

std::string Compiler::sql_of(const Term& term) {
    if (auto match = match_of(tokenizer_, term)) {
        return key_ + " IN (SELECT rowid FROM search.mail WHERE mail MATCH " +
               parameter(std::move(*match)) + ")";
    }
    switch (term.kind) {
        case Term::Kind::all_of:
            return joined(term.terms, " AND ");
        case Term::Kind::any_of:
            return joined(term.terms, " OR ");
        case Term::Kind::none_of:
            return "NOT " + joined(term.terms, " OR ");
        case Term::Kind::field:
            return field_sql(term);
        case Term::Kind::part:
            return key_ + " IN (SELECT rowid FROM search.parts WHERE parts MATCH " +
                   parameter(part_match(term)) + ")";
        default:
            return "TRUE";
    }
}

std::string Compiler::joined(const std::vector<Term>& terms, std::string_view between) {
    std::vector<std::string> parts;
    parts.reserve(terms.size());
    for (const auto& term : terms) {
        parts.push_back(sql_of(term));
    }
    return "(" + join(parts, between) + ")";
}

std::string Compiler::field_sql(const Term& term) {
    const auto* field = find_field(term.field, term.value);
    MAILKEEP_ASSERT(field != nullptr);
    return in_scope(field->about, raw_sql(*field, term));
}

std::string Compiler::raw_sql(const Field& field, const Term& term) {
    const auto values = values_for(field, term.value, now_);
    if (!values) {
        throw Error(Errc::invalid, "the search cannot be read: " + term.field + ":" + term.value,
                    "Dates are YYYY[-MM[-DD]], ages 30d, sizes 10M.");
    }
    std::string sql(field.sql);
    for (std::size_t i = 0; i < values->size(); ++i) {
        sql = replaced(std::move(sql), "$" + std::to_string(i + 1), parameter(values->at(i)));
    }
    sql = replaced(std::move(sql), "@flags", flags_sql(as_of_, "flags"));
    sql = replaced(std::move(sql), "@called", called_sql(as_of_, "name"));
    return "(" + sql + ")";
}

/// A list of keys where few rows meet it; a look at each message's own otherwise.
std::string Compiler::in_scope(About about, const std::string& sql) const {
    if (about == About::attachment) {
        return listed("attachments AS t", "t.message_key", sql);
    }
    if (about == About::size) {
        return listed("messages AS s", "s.key", sql);
    }
    if (about == About::message || scope_ == Scope::placement) {
        return sql;
    }
    // What flags were cannot be looked up.
    if (!(about == About::flags && as_of_) && are_few("placements AS p WHERE " + sql)) {
        return fmt::format("{} IN (SELECT p.message_key FROM placements AS p WHERE {} AND {})",
                           key_, sql, speaks_sql);
    }
    return fmt::format("EXISTS ({} AND {})", of_message(key_, sql), speaks_sql);
}

std::string Compiler::listed(std::string_view from, std::string_view key,
                             const std::string& sql) const {
    return are_few(fmt::format("{} WHERE {}", from, sql))
               ? fmt::format("{} IN (SELECT {} FROM {} WHERE {})", key_, key, from, sql)
               : fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} = {} AND {})", from, key, key_,
                             sql);
}

std::string fts_string(std::string_view text) {
    std::string string = "\"";
    for (const char c : text) {
        string.append(c == '"' ? 2 : 1, c == '\0' ? ' ' : c);
    }
    return string + '"';
}

bool mentions_gone(const Term& term) {
    return (term.field == "is" && term.value == "gone") ||
           std::any_of(term.terms.begin(), term.terms.end(), mentions_gone);
}

}  // namespace mailkeep::catalog
