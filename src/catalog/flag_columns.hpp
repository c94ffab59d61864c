// SPDX-License-Identifier: Apache-2.0
// Flags in three columns: flags, bits (seen 1, answered 2, flagged 4, deleted 8, draft 16);
// keywords, with a space between (an IMAP atom holds none); labels, with a line feed between.
#pragma once

#include "mailkeep/model/flags.hpp"

#include "sqlite.hpp"

namespace mailkeep::catalog {

[[nodiscard]] std::int64_t flag_bits(const Flags& flags);
[[nodiscard]] std::string keyword_text(const Flags& flags);
[[nodiscard]] std::string label_text(const Flags& flags);
/// Takes all three columns, in this order.
[[nodiscard]] Flags read_flags(Statement& row);

}  // namespace mailkeep::catalog
