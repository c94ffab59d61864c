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
/// first. Where no word is asked for, that may be the table of parts.
Conditions Compiler::conditions(const Term& term) {
    const auto pruned = without_empty_words(term).value_or(Term{});
    const auto terms = pruned.kind == Term::Kind::all_of ? pruned.terms : std::vector<Term>{pruned};
    Conditions found;
    for (const auto& child : terms) {
        bound(child, found);
    }
    auto match = matched(terms);
    if (match.expression.empty()) {
        found.others = sql_of(pruned);
        return found;
    }
    found.table = match.table;
    found.match = parameter(std::move(match.expression));
    found.others = match.others.empty() ? "TRUE" : joined(match.others, " AND ");
    return found;
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
        found.from = std::max(found.from.value_or(at(0)), at(0));
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
        return "m.key IN (SELECT rowid FROM search.mail WHERE mail MATCH " +
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
            return "m.key IN (SELECT rowid FROM search.parts WHERE parts MATCH " +
                   parameter(part_match(term)) + ")";
        default:
            return "TRUE";
    }
}

std::string Compiler::joined(const std::vector<Term>& terms, std::string_view between) {
    std::vector<std::string> parts;
    for (const auto& term : terms) {
        parts.push_back(sql_of(term));
    }
    return "(" + join(parts, between) + ")";
}

std::string Compiler::field_sql(const Term& term) {
    const auto* field = find_field(term.field, term.value);
    const auto values = field == nullptr ? std::nullopt : values_for(*field, term.value, now_);
    if (!values) {
        throw Error(Errc::invalid, "the search cannot be read: " + term.field + ":" + term.value,
                    "Dates are YYYY[-MM[-DD]], ages 30d, sizes 10M.");
    }
    std::string sql(field->sql);
    for (std::size_t i = 0; i < values->size(); ++i) {
        sql = replaced(std::move(sql), "$" + std::to_string(i + 1), parameter(values->at(i)));
    }
    sql = replaced(std::move(sql), "@flags", flags_sql(as_of_, "flags"));
    sql = replaced(std::move(sql), "@called", called_sql(as_of_, "name"));
    return in_scope(field->about, "(" + sql + ")");
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
        return fmt::format("m.key IN (SELECT p.message_key FROM placements AS p WHERE {} AND {})",
                           sql, speaks_sql);
    }
    return fmt::format("EXISTS ({} AND {} AND {})", of_message_sql, sql, speaks_sql);
}

std::string Compiler::listed(std::string_view from, std::string_view key,
                             const std::string& sql) const {
    return are_few(fmt::format("{} WHERE {}", from, sql))
               ? fmt::format("m.key IN (SELECT {} FROM {} WHERE {})", key, from, sql)
               : fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} = m.key AND {})", from, key, sql);
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
