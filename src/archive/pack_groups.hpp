// SPDX-License-Identifier: Apache-2.0
// What the closed groups of packs in a folder say: which batches need no journal any more, and
// which packs need not be there. For replicas and repair, which look at folders that are no open
// archive.
#pragma once

#include "mailkeep/archive/keys.hpp"

#include "durable_file.hpp"
#include "pack_format.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::archive {

struct PackGroups {
    std::vector<BatchRange> history;  ///< of each group that counts
    std::set<std::string> members;    ///< names of packs of groups that count
    std::set<std::string> replaced;   ///< names of packs that such groups replace

    /// Whether the groups hold all batches from first to last.
    [[nodiscard]] bool hold(std::uint64_t first, std::uint64_t last) const;
};

/// Of groups all of whose packs stand there, the closing one with a whole header, INDEX and SEAL.
[[nodiscard]] PackGroups closed_groups(Disk& disk, const std::filesystem::path& data,
                                       const DataKey& key);

}  // namespace mailkeep::archive
