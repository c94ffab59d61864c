// SPDX-License-Identifier: Apache-2.0
// What is wrong with one pack, and which of its messages that costs.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include "pack_reader.hpp"

#include <cstdint>
#include <vector>

namespace mailkeep::archive {

struct PackExam {
    std::uint64_t messages = 0;    ///< it should give, as far as its contents tell
    std::vector<Finding> damaged;  ///< frames; once rebuild() was called, messages too
    std::uint64_t affected = 0;    ///< messages that cannot be rebuilt
};

/// Header, INDEX, SEAL and the tag of every frame.
[[nodiscard]] PackExam examine_frames(const PackReader& pack);
/// Rebuilds every message, and adds those that cannot be. Where CONTENTS are damaged, only batch
/// and place of a message are known.
void rebuild(const PackReader& pack, const FindBlob& packs, PackExam& exam);

/// Whether messages of other packs may need what is lost here.
[[nodiscard]] bool may_lack_blobs(const PackReader& pack, const PackExam& exam);

[[nodiscard]] CheckedPack summary_of(const PackReader& pack, const PackExam& exam);

}  // namespace mailkeep::archive
