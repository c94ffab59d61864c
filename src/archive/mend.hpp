// SPDX-License-Identifier: Apache-2.0
// One file out of several copies of it, each damaged elsewhere: copies of a pack are the same octet
// for octet, those of a journal as far as the shorter goes, so that whatever frame is intact in one
// of them stands at its own offset.
#pragma once

#include "durable_file.hpp"
#include "frame.hpp"
#include "scan.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// A copy that can be read, and its intact frames by offset.
struct FileCopy {
    std::filesystem::path path;
    std::unique_ptr<ReadableFile> file;
    std::optional<FileHeader> header;  ///< when it is whole
    std::map<std::uint64_t, FoundFrame> frames;
};

/// Nothing when it cannot be read at all. Its frames are not looked for yet.
[[nodiscard]] std::optional<FileCopy> open_copy(Disk& disk, const std::filesystem::path& path);
void find_frames(FileCopy& copy, const FrameCodec& codec);

/// Octets of the file to be made.
struct Piece {
    const FileCopy* from = nullptr;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    bool is_intact = false;
};

/// The best that can be made of the copies, behind the file header: frame by frame from the first
/// copy that has it intact at its offset and with its number; where none has, the octets of the
/// first. Requires: copies are not empty.
[[nodiscard]] std::vector<Piece> assemble(const std::vector<FileCopy>& copies,
                                          const FrameCodec& codec);

/// Writes header and pieces to a new file. Throws Error{storage}.
void write_assembled(Disk& disk, const Reserve& reserve, const FileHeader& header,
                     const std::vector<Piece>& pieces, const std::filesystem::path& path);

}  // namespace mailkeep::archive
