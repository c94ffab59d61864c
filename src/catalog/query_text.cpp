// SPDX-License-Identifier: Apache-2.0
// The query language written: a query as text again, and what can be written at all.
#include "mailkeep/base/text.hpp"
#include "mailkeep/catalog/query.hpp"

#include "fields.hpp"

#include <array>

namespace mailkeep::catalog {

namespace {

std::string text_of(const Term& term);

std::string quoted(const std::string& value) {
    return '"' + value + '"';
}

/// Names of mailboxes and the like stand bare where they can.
std::string value_text(const std::string& value) {
    const bool is_bare =
        !value.empty() && value.find_first_of(" \t\n\v\f\r()") == std::string::npos;
    return is_bare ? value : quoted(value);
}

std::string in_group(const Term& term) {
    const bool is_joined = term.kind == Term::Kind::all_of || term.kind == Term::Kind::any_of;
    return is_joined ? "(" + text_of(term) + ")" : text_of(term);
}

/// AND says nothing between terms, save that a further one is a word.
std::string all_text(const std::vector<Term>& terms) {
    std::string text;
    for (const auto& term : terms) {
        const auto next = in_group(term);
        if (!next.empty()) {
            text += text.empty() ? "" : next == "AND" ? " AND " : " ";
            text += next;
        }
    }
    return text;
}

std::string any_text(const std::vector<Term>& terms) {
    std::vector<std::string> texts;
    texts.reserve(terms.size());
    for (const auto& term : terms) {
        texts.push_back(term.kind == Term::Kind::any_of ? in_group(term) : text_of(term));
    }
    return join(texts, " OR ");
}

std::string text_of(const Term& term) {
    const auto field = term.field.empty() ? "" : term.field + ":";
    switch (term.kind) {
        case Term::Kind::all:
            return "";
        case Term::Kind::word:
            return field + term.value;
        case Term::Kind::phrase:
            return field + quoted(term.value);
        case Term::Kind::prefix:
            return field + term.value + "*";
        case Term::Kind::part:
            return field + "*" + term.value + "*";
        case Term::Kind::field:
            return field + value_text(term.value);
        case Term::Kind::all_of:
            return all_text(term.terms);
        case Term::Kind::any_of:
            return any_text(term.terms);
        case Term::Kind::none_of:
            return "-" + in_group(term.terms.front());
    }
    return "";
}

constexpr std::array joining{
    QueryHelp{"word", "the word anywhere; case and accents do not matter", "invoice"},
    QueryHelp{"\"a phrase\"", "these words in this order", "\"monthly report\""},
    QueryHelp{"word*", "words that begin so", "invoic*"},
    QueryHelp{"*part*",
              "three or more characters anywhere in the subject, an address or the name"
              " of an attachment",
              "*voice*"},
    QueryHelp{"a b", "both", "invoice paid"},
    QueryHelp{"a OR b", "one of them", "invoice OR bill"},
    QueryHelp{"-a", "not that", "invoice -paid"},
    QueryHelp{"( )", "what belongs together", "(invoice OR bill) -paid"},
};

}  // namespace

std::string SearchQuery::to_text() const {
    return text_of(term);
}

std::vector<QueryHelp> query_help() {
    std::vector<QueryHelp> lines(joining.begin(), joining.end());
    for (const auto& field : all_fields()) {
        lines.push_back({field.takes == Takes::fixed ? field.name : field.example, field.meaning,
                         field.example});
    }
    return lines;
}

}  // namespace mailkeep::catalog
