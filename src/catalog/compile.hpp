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

/// What search() asks: a MATCH that drives, when there is one, and what else must hold.
struct Conditions {
    std::string match;  ///< a parameter; empty: none
    std::string others;
};

/// Collects the parameters of one statement. ?1 is the moment, as in moment.hpp. Words of which the
/// tokenizer leaves nothing are passed over. Borrows the tokenizer.
class Compiler {
  public:
    Compiler(const Tokenizer& tokenizer, std::optional<Timestamp> as_of, Timestamp now,
             Scope scope);

    [[nodiscard]] Conditions conditions(const Term& term);
    [[nodiscard]] std::string condition(const Term& term);

    /// A new parameter's name, e.g. "?4".
    [[nodiscard]] std::string parameter(Value value);
    /// Binds ?1 and all parameters so far. Requires: all but ?1 stand in the statement.
    void bind(Statement& statement) const;

  private:
    [[nodiscard]] std::optional<Term> without_empty_words(const Term& term) const;
    [[nodiscard]] std::string sql_of(const Term& term);
    [[nodiscard]] std::string joined(const std::vector<Term>& terms, std::string_view between);
    [[nodiscard]] std::string field_sql(const Term& term);
    [[nodiscard]] std::string in_scope(About about, const std::string& sql) const;

    const Tokenizer& tokenizer_;
    std::optional<Timestamp> as_of_;
    Timestamp now_;
    Scope scope_;
    std::vector<Value> values_;
};

/// An FTS5 string: quotes doubled; a NUL, which would end the expression there, is a space.
[[nodiscard]] std::string fts_string(std::string_view text);

/// Whether the query asks for what is gone, or that it be not.
[[nodiscard]] bool mentions_gone(const Term& term);

}  // namespace mailkeep::catalog
