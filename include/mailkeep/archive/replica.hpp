// SPDX-License-Identifier: Apache-2.0
// A second copy of an archive in another folder, best on another disk. It is an archive itself:
// `mailkeep --data REPLICA verify`, rebuild, restore and serve work on it as it stands.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

namespace mailkeep::archive {

/// may_be_new: an empty or missing folder becomes a replica. must_exist: it has to be one already;
/// so the folder at which a disk is not mounted today does not become a second copy on the first
/// disk.
enum class ReplicaState { may_be_new, must_exist };

struct ReplicaOptions {
    ReplicaState state = ReplicaState::may_be_new;
    /// quick: files that stand in the replica are told by name, size and their last octets. full:
    /// all of the replica is read and compared, and what is damaged there copied again.
    Depth depth = Depth::quick;
};

struct Replicated {
    std::uint64_t copied = 0;         ///< files that are new there, longer or copied again
    std::uint64_t bytes = 0;          ///< octets copied
    std::uint64_t verified = 0;       ///< files read back or compared in full
    std::uint64_t already_there = 0;  ///< files that needed nothing
    std::uint64_t last_batch = 0;     ///< the last one the archive had; all up to it is there,
                                      ///< when there are no problems
    std::vector<Finding> problems;    ///< files that are not both here and there, and what to do
};

/// Brings `target` up to what was committed when it was called; commits may go on meanwhile, on
/// other threads. Copies ARCHIVE, key slots, journals up to the last whole batch, packs and the
/// log; not the catalog, the search index and keys that are not wrapped (the vault's, the log's).
/// Every file counts as copied once it is durable and read back past the page cache. Can be
/// interrupted anywhere; the next call goes on.
///
/// What the archive has lost is never removed from the replica: journals go when a closed group of
/// packs there holds their batches, packs when such a group replaces them (to trash/ there). A file
/// that is whole in the replica is not overwritten by one that is not.
///
/// Error{invalid}: the target is the archive itself, lies in it, or the archive in it.
/// Error{conflict}: it holds another archive or other files. Error{not_found}: there is no replica
/// and must be one. Error{in_use}: another process writes to it. Error{storage}, Error{cancelled}.
[[nodiscard]] Replicated replicate(const Archive& archive, const std::filesystem::path& target,
                                   const ReplicaOptions& options, const std::stop_token& stop = {});
/// With other system calls, for tests.
[[nodiscard]] Replicated replicate(const Archive& archive, const std::filesystem::path& target,
                                   const ReplicaOptions& options, const std::stop_token& stop,
                                   Disk& disk);

}  // namespace mailkeep::archive
