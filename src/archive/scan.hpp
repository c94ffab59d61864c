// SPDX-License-Identifier: Apache-2.0
// Reading a journal file: what frames and batches are in it, and which octets are neither. Finds
// out and reports; what it means is decided elsewhere (verify, timeline).
#pragma once

#include "durable_file.hpp"
#include "frame.hpp"
#include "manifest.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

struct FoundFrame {
    std::uint64_t offset = 0;
    FrameHeader header;
    Tag tag{};  ///< as stored
    bool is_intact = true;

    [[nodiscard]] std::uint64_t end() const { return offset + header.total(); }
};

/// A batch whose COMMIT frame is intact and stands behind as many adjoining frames as it says.
struct FoundBatch {
    CommitRecord commit;
    std::size_t first_frame = 0;   ///< in Scan::frames
    std::size_t commit_frame = 0;  ///< in Scan::frames
    bool fits = false;             ///< the digest is that of these frames in this file
    bool is_intact = false;        ///< it fits and every frame is intact
};

/// Octets that are no frame.
struct Gap {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
};

struct Scan {
    std::vector<FoundFrame> frames;   ///< ascending, COMMIT frames too
    std::vector<FoundBatch> batches;  ///< ascending
    std::vector<Gap> gaps;            ///< ascending
    std::uint64_t end = 0;            ///< of what was scanned
};

/// tags: every frame is read and its tag checked. skeleton: not those of BLOCK frames, which count
/// as intact; enough to learn what the archive holds, not that it is whole.
enum class ScanDepth { skeleton, tags };

/// Finds the frames from `from` (a frame boundary) to the end of the file.
[[nodiscard]] Scan scan_frames(const ReadableFile& file, const FrameCodec& codec,
                               std::uint64_t from, ScanDepth depth);

/// The frame at an offset, its tag unchecked if it is a BLOCK.
[[nodiscard]] std::optional<FoundFrame> find_frame(const ReadableFile& file,
                                                   const FrameCodec& codec, std::uint64_t offset);

/// The raw payload of a frame found before; nothing when it cannot be had undamaged, as far as
/// `trust` asks for that. `room` as in decompress.
[[nodiscard]] std::optional<std::string> read_payload(const ReadableFile& file,
                                                      const FrameCodec& codec,
                                                      const FoundFrame& frame,
                                                      Trust trust = Trust::only_tags,
                                                      std::string room = {});

/// What a batch says, read from its MANIFEST and EVENT frames; nothing when they are damaged or do
/// not hold what the COMMIT frame counts. `name` becomes the file of the locations.
[[nodiscard]] std::optional<CommittedBatch> read_batch(const ReadableFile& file,
                                                       const FrameCodec& codec, const Scan& scan,
                                                       const FoundBatch& batch,
                                                       const std::string& name);

}  // namespace mailkeep::archive
