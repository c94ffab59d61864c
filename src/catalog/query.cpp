// SPDX-License-Identifier: Apache-2.0
// The query language, by recursive descent:
//   query = any ; any = all *("OR" all) ; all = 1*(["AND"] one)
//   one   = "-" one / "(" any ")" / [field ":"] (["*"] word ["*"] / DQUOTE phrase DQUOTE)
// Nothing is guessed: what cannot be read is told with its place.
#include "mailkeep/catalog/query.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::catalog {

namespace {

// SQLite and FTS5 have limits of their own on expressions, which these stay below.
constexpr std::size_t most_octets = 4096;
constexpr std::size_t most_terms = 100;
constexpr int most_nested = 20;

constexpr std::ptrdiff_t least_of_part = 3;  // the index of parts is one of three characters

std::ptrdiff_t count_characters(std::string_view utf8) {
    return std::count_if(utf8.begin(), utf8.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr const char* search_hint =
    "Write words, \"a phrase\", word*, *part*, -not, OR, ( ), or field:value such as from:anna.";

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Term parse() {
        skip_spaces();
        if (at_end()) {
            return {};
        }
        auto term = parse_any(0);
        if (!at_end()) {
            fail(place_, "this parenthesis closes nothing");
        }
        return term;
    }

  private:
    Term parse_any(int depth) {
        std::vector<Term> terms;
        do {
            terms.push_back(parse_all(depth));
        } while (take_keyword("OR"));
        return joined(Term::Kind::any_of, std::move(terms));
    }

    Term parse_all(int depth) {
        std::vector<Term> terms;
        bool wants_more = true;  // at the start and after AND
        for (skip_spaces(); !at_end() && peek() != ')' && !at_keyword("OR"); skip_spaces()) {
            if (!wants_more && take_keyword("AND")) {
                wants_more = true;
                continue;
            }
            terms.push_back(parse_one(depth));
            wants_more = false;
        }
        if (wants_more) {
            fail(place_, "a word or a field is missing");
        }
        return joined(Term::Kind::all_of, std::move(terms));
    }

    Term parse_one(int depth) {
        if (depth > most_nested) {
            fail(place_, "this is nested too deeply");
        }
        const bool is_followed =
            place_ + 1 < text_.size() && !is_space(text_[place_ + 1]) && text_[place_ + 1] != ')';
        if (peek() == '-' && is_followed) {
            ++place_;
            return {Term::Kind::none_of, "", "", {parse_one(depth + 1)}};
        }
        if (peek() == '(') {
            return parse_group(depth);
        }
        if (++terms_ > most_terms) {
            fail(place_, fmt::format("there are more than {} terms", most_terms));
        }
        return peek() == '"' ? Term{Term::Kind::phrase, "", take_quoted(), {}} : parse_word();
    }

    Term parse_group(int depth) {
        const auto start = place_++;
        auto term = parse_any(depth + 1);
        if (at_end()) {
            fail(start, "this parenthesis is never closed");
        }
        ++place_;
        return term;
    }

    Term parse_word() {
        const auto start = place_;
        const auto word = take_word();
        const auto colon = word.find(':');
        if (colon == std::string_view::npos || colon == 0) {
            return word_term(start, "", word);
        }
        const auto name = to_lower_ascii(word.substr(0, colon));
        const auto value = word.substr(colon + 1);
        check_name(start, name);
        const auto value_start = start + colon + 1;
        if (value.empty() && !at_end() && peek() == '"') {
            return field_term(value_start, name, take_quoted(), Term::Kind::phrase);
        }
        if (value.empty()) {
            fail(value_start, fmt::format("{}: needs a value right behind the colon", name));
        }
        return field_term(value_start, name, std::string(value), Term::Kind::word);
    }

    /// Fields of words hold a word, phrase or prefix; all others are of kind field.
    Term field_term(std::size_t start, const std::string& name, std::string value,
                    Term::Kind kind) const {
        const auto* field = find_field(name, value);
        if (field == nullptr) {
            fail(start, fmt::format("{}: knows {}", name, fixed_values(name)));
        }
        if (field->about != About::words) {
            if (!values_for(*field, value, Timestamp{})) {
                fail(start, fmt::format("{}: is written like {}", name, field->example));
            }
            return {Term::Kind::field,
                    name,
                    field->takes == Takes::fixed ? to_lower_ascii(value) : std::move(value),
                    {}};
        }
        return kind == Term::Kind::phrase ? Term{kind, name, std::move(value), {}}
                                          : word_term(start, name, value);
    }

    Term word_term(std::size_t start, const std::string& field, std::string_view word) const {
        if (word == "*") {
            fail(start, "the beginning of a word must stand before the *");
        }
        if (word.front() == '*') {
            return part_term(start, field, word);
        }
        if (word.back() == '*') {
            return {Term::Kind::prefix, field, std::string(word.substr(0, word.size() - 1)), {}};
        }
        return {Term::Kind::word, field, std::string(word), {}};
    }

    Term part_term(std::size_t start, const std::string& field, std::string_view word) const {
        word.remove_prefix(1);
        if (!word.empty() && word.back() == '*') {
            word.remove_suffix(1);
        }
        if (!has_parts(field)) {
            fail(start, fmt::format("{}: knows whole words and their beginnings only", field));
        }
        if (count_characters(word) < least_of_part) {
            fail(start, fmt::format("a part of a word needs {} characters", least_of_part));
        }
        return {Term::Kind::part, field, std::string(word), {}};
    }

    void check_name(std::size_t start, std::string_view name) const {
        const auto fields = all_fields();
        const bool is_known = std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
            return field.name.substr(0, field.name.find(':')) == name;
        });
        if (!is_known) {
            fail(start, fmt::format("there is no field \"{}\"; to find it as text, put it in "
                                    "quotation marks",
                                    name));
        }
    }

    static std::string fixed_values(std::string_view name) {
        std::vector<std::string> values;
        for (const auto& field : all_fields()) {
            const auto colon = field.name.find(':');
            if (colon != std::string_view::npos && field.name.substr(0, colon) == name) {
                values.emplace_back(field.name.substr(colon + 1));
            }
        }
        return join(values, ", ");
    }

    std::string take_quoted() {
        const auto start = place_;
        const auto end = text_.find('"', start + 1);
        if (end == std::string_view::npos) {
            fail(start, "this quotation mark is never closed");
        }
        place_ = end + 1;
        return std::string(text_.substr(start + 1, end - start - 1));
    }

    std::string_view take_word() {
        const auto start = place_;
        while (!ends_word(place_)) {
            ++place_;
        }
        return text_.substr(start, place_ - start);
    }

    [[nodiscard]] bool at_keyword(std::string_view keyword) const {
        return text_.substr(place_, keyword.size()) == keyword &&
               ends_word(place_ + keyword.size());
    }

    [[nodiscard]] bool ends_word(std::size_t place) const {
        return place >= text_.size() || is_space(text_[place]) || text_[place] == '(' ||
               text_[place] == ')' || text_[place] == '"';
    }

    bool take_keyword(std::string_view keyword) {
        const bool is_there = at_keyword(keyword);
        place_ += is_there ? keyword.size() : 0;
        return is_there;
    }

    static Term joined(Term::Kind kind, std::vector<Term> terms) {
        return terms.size() == 1 ? std::move(terms.front()) : Term{kind, "", "", std::move(terms)};
    }

    void skip_spaces() {
        while (!at_end() && is_space(peek())) {
            ++place_;
        }
    }

    [[nodiscard]] bool at_end() const { return place_ >= text_.size(); }

    [[nodiscard]] char peek() const { return text_[place_]; }

    /// Places are told in characters, as a person counts them.
    [[noreturn]] void fail(std::size_t place, const std::string& what) const {
        const auto characters = count_characters(text_.substr(0, place));
        throw Error(
            Errc::invalid,
            fmt::format("the search cannot be read at character {}: {}", characters + 1, what),
            search_hint);
    }

    std::string_view text_;
    std::size_t place_ = 0;
    std::size_t terms_ = 0;
};

}  // namespace

SearchQuery SearchQuery::parse(std::string_view text) {
    if (text.size() > most_octets) {
        throw Error(Errc::invalid, fmt::format("the search is longer than {} octets", most_octets),
                    search_hint);
    }
    return {Parser(to_valid_utf8(text)).parse()};
}

bool looks_into_text(const Term& term) {
    switch (term.kind) {
        case Term::Kind::word:
        case Term::Kind::phrase:
        case Term::Kind::prefix:
            return term.field.empty() || term.field == "body";
        case Term::Kind::all_of:
        case Term::Kind::any_of:
            return std::any_of(term.terms.begin(), term.terms.end(), looks_into_text);
        default:
            return false;
    }
}

}  // namespace mailkeep::catalog
