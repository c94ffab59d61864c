// SPDX-License-Identifier: Apache-2.0
// A query as SQL. What a person wrote reaches SQLite only as values of parameters, and FTS5 only
// inside quoted strings.
#pragma once

#include "mailkeep/catalog/query.hpp"

#include "fields.hpp"
#include "sqlite.hpp"
#include "tokenizer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::catalog {

/// What the conditions are on. message: on m; what is said of places holds when one of the places
/// that speak for m is such. placement: on m and p; it holds for p itself.
enum class Scope { message, placement };

/// What search() asks: where keys come from, newest first, what else must hold, and between which
/// dates all that is found was sent.
struct Conditions {
    std::string key;                        ///< an expression
    bool is_of_words = false;               ///< f is search.mail, and its words are matched
    bool may_repeat = false;                ///< the same key may come again at once
    std::string from;                       ///< FROM what, up to a WHERE with a first condition
    std::string others;                     ///< may be TRUE
    std::optional<std::int64_t> from_date;  ///< Unix time in ms
    std::optional<std::int64_t> until;      ///< the first that is not
};

/// Collects the parameters of one statement. ?1 is the moment, as in moment.hpp. Words of which the
/// tokenizer leaves nothing are passed over. Borrows the database, which is asked how much there is
/// of what is looked for, and the tokenizer.
class Compiler {
  public:
    Compiler(Database& database, const Tokenizer& tokenizer, std::optional<Timestamp> as_of,
             Timestamp now, Scope scope);

    [[nodiscard]] Conditions conditions(const Term& term);
    [[nodiscard]] std::string condition(const Term& term);

    /// A new parameter's name, e.g. "?4".
    [[nodiscard]] std::string parameter(Value value);
    /// Binds ?1 and the parameters so far, as many as the statement has.
    void bind(Statement& statement) const;

  private:
    /// What a table of the index answers of all of some terms, and which it does not.
    struct Match {
        std::string_view table;
        std::string expression;  ///< of FTS5; empty: nothing
        std::vector<Term> others;
    };

    [[nodiscard]] Match matched(const std::vector<Term>& terms) const;
    void drive_by_match(Match match, Conditions& found);
    [[nodiscard]] bool drive_by_placements(std::vector<Term> terms, Conditions& found);
    [[nodiscard]] bool has_dead_words() const;
    [[nodiscard]] std::string raw_sql(const Field& field, const Term& term);
    [[nodiscard]] std::string seen_then() const;
    [[nodiscard]] std::optional<Term> without_empty_words(const Term& term) const;
    [[nodiscard]] std::string sql_of(const Term& term);
    [[nodiscard]] std::string joined(const std::vector<Term>& terms, std::string_view between);
    [[nodiscard]] std::string field_sql(const Term& term);
    [[nodiscard]] std::string in_scope(About about, const std::string& sql) const;
    /// Whether the rows of `from` (a table and what must hold for its rows) are so few that a list
    /// of all is made sooner than each message is looked at. It looks no further than that.
    [[nodiscard]] bool are_few(const std::string& from) const;
    [[nodiscard]] std::string listed(std::string_view from, std::string_view key,
                                     const std::string& sql) const;
    [[nodiscard]] std::string part_match(const Term& term) const;
    void bound(const Term& term, Conditions& found) const;

    Database& database_;
    const Tokenizer& tokenizer_;
    std::optional<Timestamp> as_of_;
    Timestamp now_;
    Scope scope_;
    std::vector<Value> values_;
    std::string key_ = "m.key";  ///< of the message that conditions are on
};

/// An FTS5 string: quotes doubled; a NUL, which would end the expression there, is a space.
[[nodiscard]] std::string fts_string(std::string_view text);

/// Whether the query asks for what is gone, or that it be not.
[[nodiscard]] bool mentions_gone(const Term& term);

}  // namespace mailkeep::catalog
