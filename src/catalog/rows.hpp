// SPDX-License-Identifier: Apache-2.0
// How messages and placements are read.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/model/message.hpp"

#include "sqlite.hpp"

namespace mailkeep::catalog {

/// The first key of the date's minute.
[[nodiscard]] std::int64_t first_key(Timestamp date);

/// SELECT … FROM placements p, mailboxes b, accounts a, messages m, without WHERE; with the flags
/// of parameter ?1's moment.
[[nodiscard]] std::string placement_sql(std::optional<Timestamp> as_of);
[[nodiscard]] Placement read_placement(Statement& row);

/// In order.
[[nodiscard]] std::vector<std::string> read_attachments(Database& database, MessageKey key);

/// With where it stands, or stood.
[[nodiscard]] ListedMessage read_listed(Database& database, MessageKey key,
                                        std::optional<Timestamp> as_of);

/// Columns content_id, size, file, frame, offset.
[[nodiscard]] StoredMessage read_stored(Statement& row);

}  // namespace mailkeep::catalog
