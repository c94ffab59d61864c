// SPDX-License-Identifier: Apache-2.0
// How much of one journal file is whole: what a copy of it must have, and what a repaired one must
// be. verify tells people what is wrong; this tells programs how far a file can be trusted.
#pragma once

#include "frame.hpp"
#include "scan.hpp"

#include <cstdint>
#include <optional>

namespace mailkeep::archive {

struct JournalExam {
    /// Every octet up to `end` belongs to a batch that is whole, and none is missing between.
    bool is_whole = false;
    std::uint64_t last = 0;                ///< number of the last batch that fits, up to the limit
    std::uint64_t end = file_header_size;  ///< of its COMMIT frame
    std::uint64_t intact_frames = 0;
    Scan scan;
};

/// Batches above `limit` are void. The header is the file's own or, when that is damaged, the one
/// it should have. At ScanDepth::skeleton messages count as whole.
[[nodiscard]] JournalExam examine_journal(const ReadableFile& file, const FileHeader& header,
                                          const FrameCodec& codec, std::uint64_t limit,
                                          ScanDepth depth);

/// The limit of a file that no later file overrules.
inline constexpr std::uint64_t no_limit = UINT64_MAX;

}  // namespace mailkeep::archive
