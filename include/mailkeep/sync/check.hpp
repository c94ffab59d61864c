// SPDX-License-Identifier: Apache-2.0
// The archive against itself, and the catalog against the archive.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include <filesystem>

namespace mailkeep::sync {

/// quick: structure and checksums, SQLite's own check, catalog and archive at the same batch. full:
/// every message rebuilt and re-hashed, and the catalog compared with one made anew. All findings,
/// never only the first, and each message that cannot be given back, with what the catalog knows of
/// it. `key` is the archive's.
[[nodiscard]] archive::Verdict check(const std::filesystem::path& data, archive::Depth depth,
                                     const archive::DataKey& key = {});

/// Writes into the catalog what a check found, so that status shows it and the service need not
/// check again so soon. False when the catalog cannot be written; then all stays as it was.
bool remember_check(const std::filesystem::path& data, const archive::DataKey& key,
                    archive::Depth depth, const archive::Verdict& verdict, Timestamp now);

}  // namespace mailkeep::sync
