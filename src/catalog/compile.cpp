// SPDX-License-Identifier: Apache-2.0
#include "compile.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "moment.hpp"

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

Compiler::Compiler(const Tokenizer& tokenizer, std::optional<Timestamp> as_of, Timestamp now,
                   Scope scope)
    : tokenizer_(tokenizer), as_of_(as_of), now_(now), scope_(scope) {}

std::string Compiler::parameter(Value value) {
    values_.push_back(std::move(value));
    return "?" + std::to_string(values_.size() + 1);
}

void Compiler::bind(Statement& statement) const {
    if (!statement.takes_values()) {
        return;
    }
    statement.bind(moment_of(as_of_));
    for (const auto& value : values_) {
        std::visit([&](const auto& any) { statement.bind(any); }, value);
    }
}

/// Everything the index can answer goes into one MATCH, which then yields keys newest first.
Conditions Compiler::conditions(const Term& term) {
    const auto pruned = without_empty_words(term).value_or(Term{});
    const auto terms = pruned.kind == Term::Kind::all_of ? pruned.terms : std::vector<Term>{pruned};
    std::vector<std::string> wanted;
    std::vector<std::string> unwanted;
    std::vector<Term> others;
    for (const auto& child : terms) {
        const bool is_negated = child.kind == Term::Kind::none_of;
        auto match = match_of(tokenizer_, is_negated ? child.terms.front() : child);
        if (match) {
            (is_negated ? unwanted : wanted).push_back(std::move(*match));
        } else {
            others.push_back(child);
        }
    }
    Conditions found;
    if (wanted.empty()) {
        found.others = sql_of(pruned);
        return found;
    }
    auto match = "(" + join(wanted, " AND ") + ")";
    if (!unwanted.empty()) {
        match += " NOT (" + join(unwanted, " OR ") + ")";
    }
    found.match = parameter(std::move(match));
    found.others = others.empty() ? "TRUE" : joined(others, " AND ");
    return found;
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
                   parameter(match_of_column(term) +
                             fts_string(tokenizer_.unaccented(term.value))) +
                   ")";
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
    sql = replaced(std::move(sql), "@gone", is_gone_sql);
    return in_scope(field->about, "(" + sql + ")");
}

/// A list of keys for the few placements of a mailbox; a look at each message's own otherwise.
std::string Compiler::in_scope(About about, const std::string& sql) const {
    if (about == About::message || scope_ == Scope::placement) {
        return sql;
    }
    const auto where = sql + " AND " + std::string(speaks_sql);
    if (about == About::mailbox) {
        return "m.key IN (SELECT p.message_key FROM placements AS p WHERE " + where + ")";
    }
    return "EXISTS (SELECT 1 FROM placements AS p WHERE p.message_key = m.key AND " + where + ")";
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
