// SPDX-License-Identifier: Apache-2.0
// Flags in two columns: flags, bits (seen 1, answered 2, flagged 4, deleted 8, draft 16), and
// keywords, with a space between (an IMAP atom holds none).
#pragma once

#include "mailkeep/model/flags.hpp"

#include "sqlite.hpp"

namespace mailkeep::catalog {

[[nodiscard]] std::int64_t flag_bits(const Flags& flags);
[[nodiscard]] std::string keyword_text(const Flags& flags);
/// Takes both columns, flags first.
[[nodiscard]] Flags read_flags(Statement& row);

}  // namespace mailkeep::catalog
