// SPDX-License-Identifier: Apache-2.0
// The fields of the query language: what each is called, what it means, and its SQL. The one place
// to look at when a field is added.
#pragma once

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mailkeep::catalog {

/// What stands behind the colon.
/// date: the first instant of a day, month or year. span: that, and the first of the next.
enum class Takes { words, name, fixed, date, span, age, size, id };

/// What a field's SQL is about. words: it is a column of the search index. message: a condition on
/// m. placement: one on p. flags: likewise, with @flags for its flags. mailbox: likewise, with
/// @called for the name of b, its mailbox. attachment: one on t. size: one on s, a message, of what
/// an index has.
enum class About { words, message, placement, flags, mailbox, attachment, size };

/// What a field's values say of the date a message was sent: from $1 on, before $1, or from $1 on
/// and before $2.
enum class Dates { none, from, until, within };

/// Of which there is a list to choose from.
enum class Values { open, people, accounts, mailboxes };

struct Field {
    std::string_view name;  ///< with its value when that is fixed: "is:read"
    std::string_view meaning;
    std::string_view example;
    Takes takes;
    About about;
    std::string_view sql;  ///< $1 and $2 are the values of values_for
    Dates dates = Dates::none;
    Values values = Values::open;
};

[[nodiscard]] std::span<const Field> all_fields();
/// Null when there is no such field, or none with this fixed value.
[[nodiscard]] const Field* find_field(std::string_view name, std::string_view value);

/// Whether parts of words are found in the field; an empty name is the whole message.
[[nodiscard]] bool has_parts(std::string_view name);

using Value = std::variant<std::int64_t, std::string, Digest>;

/// The values of $1 and $2; nothing when the text is not what the field takes.
[[nodiscard]] std::optional<std::vector<Value>> values_for(const Field& field,
                                                           std::string_view text, Timestamp now);

/// 8 to 64 lowercase hex digits.
[[nodiscard]] bool is_id_prefix(std::string_view hex);
/// The first and the last id that begin so. Requires: is_id_prefix.
[[nodiscard]] std::pair<Digest, Digest> id_range(std::string_view hex);

}  // namespace mailkeep::catalog
