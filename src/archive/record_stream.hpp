// SPDX-License-Identifier: Apache-2.0
// The octets of one record out of the RECORDS frames it stands in, piece by piece, and no frame
// decoded further than needed. Where the reader knows the SHA-256 that the message must have, the
// tags of frames that are not encrypted need no look; encrypted ones open as a whole or not at all.
#pragma once

#include "block.hpp"
#include "durable_file.hpp"
#include "frame.hpp"
#include "pack_format.hpp"
#include "recipe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// A block decoded in full, kept by the caller of many reads from one pack in the order of its
/// CONTENTS.
struct DecodedBlock {
    std::uint64_t frame = 0;  ///< offset; 0 for none
    std::string raw;
};

/// Header of the frame at an offset; nothing unless it is there, of that type, and can be opened.
[[nodiscard]] std::optional<FrameHeader> read_header(const ReadableFile& file,
                                                     const FrameCodec& codec, std::uint64_t offset,
                                                     FrameType type);

/// Raw octets of one frame, from its front. Borrows file and codec, which must outlive it. One
/// thread.
class FrameStream {
  public:
    FrameStream(const ReadableFile& file, const FrameCodec& codec, std::uint64_t offset,
                FrameType type, Trust trust);

    /// At least one octet and at most that many; nothing at the end, and when the frame is damaged.
    /// They stay until the next call.
    [[nodiscard]] std::string_view next(std::uint64_t most);

    /// Offset of the frame behind.
    [[nodiscard]] std::uint64_t end() const { return end_; }

  private:
    [[nodiscard]] std::string_view decompress(std::uint64_t most);
    bool refill(std::uint64_t most);

    const ReadableFile& file_;
    std::uint64_t end_ = 0;
    std::uint64_t at_ = 0;    // of the stored octets to be read next
    std::uint64_t left_ = 0;  // raw octets to come
    std::string stored_;
    std::string_view rest_;  // of stored_
    std::optional<Decompressor> decompressor_;
    std::uint64_t raw_size_ = 0;
    std::uint64_t stored_size_ = 0;
};

/// Borrows file, codec and block, which must outlive it. One thread.
class RecordStream {
  public:
    /// `offset` in the raw octets of the frame. A block that is that frame's is used for it.
    RecordStream(const ReadableFile& file, const FrameCodec& codec, std::uint64_t frame,
                 std::uint64_t offset, const DecodedBlock& block, Trust trust);

    /// Reads head and recipe; before anything else. False when they are damaged.
    [[nodiscard]] bool open();

    [[nodiscard]] const RecordHead& head() const { return head_; }

    [[nodiscard]] const Recipe& recipe() const { return recipe_; }

    /// The data: at least one octet and at most that many; nothing at their end, and when they
    /// cannot be had. They stay until the next call.
    [[nodiscard]] std::string_view take(std::uint64_t most);

  private:
    [[nodiscard]] std::string_view pull(std::uint64_t most);
    [[nodiscard]] std::string_view pull_here(std::uint64_t most);
    [[nodiscard]] bool go_on();
    void fill(std::uint64_t size);

    const ReadableFile& file_;
    const FrameCodec& codec_;
    Trust trust_;
    std::uint64_t first_frame_;
    std::optional<FrameStream> frame_;
    std::string_view block_;  // the rest of a decoded block, used instead of frame_
    bool is_in_first_frame_ = true;
    std::uint64_t here_ = 0;  // octets that may still come from a later frame
    bool is_at_end_ = false;
    std::string buffer_;      // read ahead
    std::size_t used_ = 0;    // of buffer_
    std::uint64_t left_ = 0;  // octets of the record behind buffer_
    RecordHead head_;
    Recipe recipe_;
};

}  // namespace mailkeep::archive
