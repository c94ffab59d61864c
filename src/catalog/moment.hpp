// SPDX-License-Identifier: Apache-2.0
// SQL for "at a moment": what stood then and with which flags. The moment is parameter ?1, the end
// of time for now. p is the placement; flag_changes holds what flags were until each change. A plus
// before seen_at keeps SQLite from looking up all that was seen by then, which is nearly
// everything.
#pragma once

#include "mailkeep/base/time.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::catalog {

inline std::int64_t moment_of(std::optional<Timestamp> as_of) {
    return as_of ? unix_ms(*as_of) : std::numeric_limits<std::int64_t>::max();
}

inline constexpr std::string_view stands_sql =
    "(+p.seen_at <= ?1 AND (p.stands_until IS NULL OR p.stands_until > ?1))";

/// A placement that speaks for its message: it stands, or none of that message's does any more.
inline constexpr std::string_view speaks_sql =
    "(+p.seen_at <= ?1 AND (p.stands_until IS NULL OR p.stands_until > ?1 OR NOT EXISTS"
    " (SELECT 1 FROM placements AS q WHERE q.message_key = p.message_key AND q.seen_at <= ?1"
    " AND (q.stands_until IS NULL OR q.stands_until > ?1))))";

inline std::string flags_sql(std::optional<Timestamp> as_of, std::string_view column) {
    const std::string name(column);
    if (!as_of) {
        return "p." + name;
    }
    return "coalesce((SELECT c." + name +
           " FROM flag_changes AS c WHERE c.placement_id = p.id AND c.at > ?1"
           " ORDER BY c.id LIMIT 1), p." +
           name + ")";
}

/// Of b, a mailbox: its name, wire name or delimiter; until it was renamed, what it was before.
inline std::string called_sql(std::optional<Timestamp> as_of, std::string_view column) {
    const std::string name(column);
    if (!as_of) {
        return "b." + name;
    }
    return "coalesce((SELECT n." + name +
           " FROM mailbox_names AS n WHERE n.mailbox_id = b.id AND n.until > ?1"
           " ORDER BY n.until LIMIT 1), b." +
           name + ")";
}

}  // namespace mailkeep::catalog
