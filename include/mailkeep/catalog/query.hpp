// SPDX-License-Identifier: Apache-2.0
// A search as a value. The text form is the query language of the page, the API and the commands.
#pragma once

#include "mailkeep/base/time.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::catalog {

/// One node of the query: a word or field, or nodes joined. Parsed text is always a tree of these.
/// part: these characters anywhere in a header field or the name of an attachment.
struct Term {
    enum class Kind { all, word, phrase, prefix, part, field, all_of, any_of, none_of };
    Kind kind = Kind::all;
    std::string field;  ///< "from", "has", "in" …; empty for the whole message
    std::string value;
    std::vector<Term> terms;  ///< of all_of, any_of, none_of (exactly one)

    friend bool operator==(const Term&, const Term&) = default;
};

/// `now` is the moment newer_than: and older_than: count from.
struct SearchQuery {
    Term term;

    /// word "a phrase" word* *part* -not OR ( ) and field:value; an empty text is everything.
    /// Throws Error{invalid} with the place (character, from 1) of what cannot be read.
    [[nodiscard]] static SearchQuery parse(std::string_view text);
    /// What parse() reads as this again, for all that parse() gives.
    [[nodiscard]] std::string to_text() const;

    friend bool operator==(const SearchQuery&, const SearchQuery&) = default;
};

/// relevance: of the newest hits, 10,000 at most, those first in which the words weigh most
/// (bm25: rare ones more than common ones, more in a subject or a short text). A search that asks
/// for no words has the newest first either way.
enum class SearchOrder { newest, relevance };

/// A line of the help on the language, with an example that can be searched for.
struct QueryHelp {
    std::string_view written;
    std::string_view meaning;
    std::string_view example;
};

/// First what joins words, then every field there is.
[[nodiscard]] std::vector<QueryHelp> query_help();

/// Whether it asks for words that stand in the text of a message.
[[nodiscard]] bool looks_into_text(const Term& term);

}  // namespace mailkeep::catalog
