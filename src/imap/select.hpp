// SPDX-License-Identifier: Apache-2.0
// Opens a mailbox. EXAMINE is what a backup may say, SELECT what a restore may say as well.
#pragma once

#include "mailkeep/imap/types.hpp"

#include "response.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

class Connection;

enum class Access { read_only, read_write };

/// How much of what changed the server is to tell: nothing; mod-sequences (CONDSTORE); what became
/// of a known state (QRESYNC).
struct Following {
    bool has_mod_seqs = false;
    std::optional<KnownState> resync;
};

[[nodiscard]] SelectData open_mailbox(Connection& connection, std::string_view mailbox,
                                      Access access, const Following& following = {});

/// Ascending and each UID once; what is told later of the same message counts. Requires: each line
/// has its UID.
[[nodiscard]] std::vector<UidFlags> folded(std::vector<FetchData> lines);

}  // namespace mailkeep::imap
