// SPDX-License-Identifier: Apache-2.0
// All that can be wrong with an archive's files, found without stopping and without throwing.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/archive/keys.hpp"

#include "durable_file.hpp"
#include "pack_set.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace mailkeep::archive {

/// What the process that writes knows better than the files: where its own last commit ended.
struct OwnEnd {
    std::uint32_t epoch = 0;
    std::uint64_t last_batch = 0;
};

struct VerifyRequest {
    std::filesystem::path data;
    std::string identity;  ///< ARCHIVE as it was when opened
    std::string archive_uuid;
    DataKey key;
    std::optional<OwnEnd> own_end;
    Depth depth = Depth::quick;
};

/// Batches that packs hold need not stand in journals any more.
[[nodiscard]] Verdict verify_files(Disk& disk, const VerifyRequest& request, PackSet& packs);
/// One pack, or ARCHIVE and all journals, past the page cache.
[[nodiscard]] Verdict verify_pack(Disk& disk, const VerifyRequest& request, PackSet& packs,
                                  const std::string& name);
[[nodiscard]] Verdict verify_journals(Disk& disk, const VerifyRequest& request, PackSet& packs);

}  // namespace mailkeep::archive
