// SPDX-License-Identifier: Apache-2.0
// What may be meant by a query that is still being typed: fields and their values, out of the table
// of fields.
#include "mailkeep/base/text.hpp"

#include "fields.hpp"
#include "state.hpp"

#include <algorithm>

namespace mailkeep::catalog {

namespace {

/// The last term so far: it may have begun a quote, or a minus.
struct Typed {
    std::string_view before;  ///< up to the term, a minus included
    std::string_view field;   ///< empty: no colon yet
    std::string_view text;    ///< what stands behind the colon, without a quote; else all of it
};

Typed last_term(std::string_view query) {
    std::size_t start = 0;
    bool is_quoted = false;
    for (std::size_t i = 0; i < query.size(); ++i) {
        is_quoted = is_quoted != (query[i] == '"');
        if (!is_quoted && (query[i] == ' ' || query[i] == '(')) {
            start = i + 1;
        }
    }
    if (query.substr(start).starts_with('-')) {
        ++start;
    }
    const auto term = query.substr(start);
    const auto colon = term.find(':');
    if (colon == std::string_view::npos) {
        return {query.substr(0, start), {}, term};
    }
    const auto value = term.substr(colon + 1);
    return {query.substr(0, start), term.substr(0, colon),
            value.substr(value.starts_with('"') ? 1 : 0)};
}

/// The fields that begin so; of those with fixed values, the values too.
std::vector<Completion> fields_for(const Typed& typed) {
    std::vector<Completion> found;
    const auto begun = typed.field.empty()
                           ? std::string(typed.text)
                           : std::string(typed.field).append(":").append(typed.text);
    for (const auto& field : all_fields()) {
        const bool is_fixed = field.takes == Takes::fixed;
        if (starts_with_ignoring_case(field.name, begun) && (is_fixed || typed.field.empty())) {
            found.push_back(
                {std::string(typed.before).append(field.name).append(is_fixed ? "" : ":"),
                 std::string(is_fixed ? field.name : field.example)});
        }
    }
    return found;
}

Completion with_value(const Typed& typed, const std::string& value, std::string label) {
    const SearchQuery query{{.kind = Term::Kind::field,
                             .field = std::string(typed.field),
                             .value = value,
                             .terms = {}}};
    return {std::string(typed.before) + query.to_text(), std::move(label)};
}

/// Words of which begin so, without case and accents.
bool has_beginning(const Tokenizer& tokenizer, std::string_view name, std::string_view begun) {
    const auto wanted = " " + tokenizer.folded(begun);
    return trim(begun).empty() || (" " + tokenizer.folded(name)).find(wanted) != std::string::npos;
}

}  // namespace

std::vector<Completion> Catalog::completions(std::string_view query, std::size_t most) const {
    constexpr std::size_t least_of_person = 2;
    const auto typed = last_term(query);
    if (typed.field.empty() && typed.text.empty()) {
        return {};
    }
    const auto* field = find_field(typed.field, typed.text);
    auto found = field == nullptr || field->takes == Takes::fixed ? fields_for(typed)
                                                                  : std::vector<Completion>();
    const auto values = field == nullptr ? Values::open : field->values;
    if (values == Values::people && typed.text.size() >= least_of_person) {
        for (const auto& [name, address, messages] : correspondents(typed.text, most)) {
            found.push_back(
                with_value(typed, address, name.empty() ? address : name + " <" + address + ">"));
        }
    }
    if (values == Values::accounts || values == Values::mailboxes) {
        auto row = state_->database.statement(
            values == Values::accounts ? "SELECT name FROM accounts ORDER BY name"
                                       : "SELECT DISTINCT name FROM mailboxes ORDER BY name");
        while (found.size() < most && row.step()) {
            auto name = row.text();
            if (has_beginning(state_->tokenizer, name, typed.text)) {
                found.push_back(with_value(typed, name, name));
            }
        }
    }
    found.resize(std::min(found.size(), most));
    return found;
}

}  // namespace mailkeep::catalog
