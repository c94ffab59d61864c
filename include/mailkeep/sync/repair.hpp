// SPDX-License-Identifier: Apache-2.0
// Messages that no copy of their file could mend, one by one: from any other file that holds them,
// then from the IMAP server where they were seen. What is found is stored again, as a new batch.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/sync/keeper.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

namespace mailkeep::sync {

/// A logged-in session for an IMAP account; nothing when it cannot be had.
using OpenSession = std::function<std::optional<imap::ReadSession>(const Account&)>;

struct RepairRequest {
    /// Archives and replicas: all their packs, journals and trash are searched.
    std::vector<std::filesystem::path> folders;
    OpenSession open_session;
};

struct RepairedMessages {
    std::uint64_t found_in_files = 0;
    std::uint64_t found_on_server = 0;
    /// With all that is known of them. They stay in the catalog, damaged.
    std::vector<archive::Finding> lost;
};

/// Messages that stand in one of `damaged_files` (names below DATA) and cannot be read from there.
/// Octets count as a message's only when their SHA-256 is its id.
[[nodiscard]] RepairedMessages repair_messages(Keeper& keeper, const catalog::Catalog& catalog,
                                               const std::vector<std::string>& damaged_files,
                                               const RepairRequest& request,
                                               const std::stop_token& stop);

}  // namespace mailkeep::sync
