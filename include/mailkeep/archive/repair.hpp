// SPDX-License-Identifier: Apache-2.0
// Puts damaged, lost and cut off files of an archive right from other copies of the same files:
// replicas, and what lies in trash/. Whatever is intact in any of them is used, frame by frame, so
// two copies damaged in different places make one whole file. What is put in the place of a damaged
// file has been proven first, and the damaged one stays in trash/.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include <filesystem>
#include <vector>

namespace mailkeep::archive {

struct Repaired {
    std::vector<Finding> mended;
    std::vector<Finding> lost;  ///< object: name of a file that is still damaged

    void add(const Repaired& more);
};

/// ARCHIVE and the key slots: what must be whole before the archive can be opened.
/// Both functions: nobody else may have the archive open for writing, Error{in_use}; copies are
/// folders of replicas, Error{not_found} where none is, Error{conflict} for another archive's.
/// Error{storage} when the disk fails; what has been mended then stays mended.
[[nodiscard]] Repaired repair_identity(const std::filesystem::path& data,
                                       const std::vector<std::filesystem::path>& copies);
/// Journals and packs. Requires: ARCHIVE is whole. The key is the archive's.
[[nodiscard]] Repaired repair_files(const std::filesystem::path& data,
                                    const std::vector<std::filesystem::path>& copies,
                                    const DataKey& key);

/// With other system calls, for tests.
[[nodiscard]] Repaired repair_identity(const std::filesystem::path& data,
                                       const std::vector<std::filesystem::path>& copies,
                                       Disk& disk);
[[nodiscard]] Repaired repair_files(const std::filesystem::path& data,
                                    const std::vector<std::filesystem::path>& copies,
                                    const DataKey& key, Disk& disk);

}  // namespace mailkeep::archive
