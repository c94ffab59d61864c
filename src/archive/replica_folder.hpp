// SPDX-License-Identifier: Apache-2.0
// The folder a replica stands in: whether it may be one, the right to write to it, and what leaves
// it again.
#pragma once

#include "mailkeep/archive/replica.hpp"

#include "durable_file.hpp"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// Holds the replica's lock. Borrows disk, which must outlive it. One thread.
class ReplicaFolder {
  public:
    /// Throws what replicate() says of the target.
    ReplicaFolder(Disk& disk, const Archive& archive, const std::filesystem::path& target,
                  ReplicaState state);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Of the archive, 16 octets.
    [[nodiscard]] const std::string& uuid() const { return uuid_; }

    /// Takes journals out that closed groups of packs hold, and packs that such groups replace (to
    /// trash/), unless the archive still has them. Returns what neither the archive has nor any
    /// pack holds.
    [[nodiscard]] std::vector<std::string> remove_replaced(const std::set<std::string>& journals,
                                                           const std::set<std::string>& packs,
                                                           const DataKey& key);

  private:
    void require_this_archive() const;

    Disk& disk_;
    std::filesystem::path path_;
    std::string uuid_;
    std::optional<WriterLock> lock_;
};

}  // namespace mailkeep::archive
