// SPDX-License-Identifier: Apache-2.0
// A restore drill: some messages of every file, account and year are rebuilt from the archive and,
// where a server is given, sent there, fetched back and compared. What came of it is remembered.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/scratch_session.hpp"
#include "mailkeep/sync/progress.hpp"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

struct Drilled {
    std::uint64_t messages = 0;  ///< tried
    std::uint64_t octets = 0;    ///< of those that were rebuilt
    std::uint64_t files = 0;     ///< packs and journals they lie in
    std::uint64_t accounts = 0;
    std::uint64_t returned = 0;             ///< that the server gave back as they were sent
    std::vector<archive::Finding> damaged;  ///< that cannot be rebuilt
    std::vector<std::string> altered;       ///< that the server did not take, or not as they are
    std::string left_behind;  ///< mailbox on the server that could not be removed; its name

    [[nodiscard]] bool is_proven() const {
        return messages > 0 && damaged.empty() && altered.empty() && left_behind.empty();
    }
};

/// Where messages go and come back from.
struct DrillGround {
    imap::ScratchSession& session;
    std::string target;  ///< to_url of the server
};

/// Notes damage and, of what went well, when it was proven. `ground` may be null. Error{cancelled}:
/// nothing is noted, and what was put on the server is removed.
[[nodiscard]] Drilled drill(const archive::Archive& archive, catalog::Catalog& catalog,
                            std::uint64_t sample, DrillGround* ground, Timestamp now,
                            Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::sync
