// SPDX-License-Identifier: Apache-2.0
// The archive against itself, and the catalog against the archive.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include <filesystem>

namespace mailkeep::sync {

/// quick: structure and checksums, SQLite's own check, catalog and archive at the same batch. full:
/// every message rebuilt and re-hashed, and the catalog compared with one made anew. All findings,
/// never only the first. `key` is the archive's.
[[nodiscard]] archive::Verdict check(const std::filesystem::path& data, archive::Depth depth,
                                     const archive::DataKey& key = {});

}  // namespace mailkeep::sync
