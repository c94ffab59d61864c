// SPDX-License-Identifier: Apache-2.0
// Messages out of BLOCK frames, exactly as they went in or not at all.
#pragma once

#include "mailkeep/model/message.hpp"

#include "durable_file.hpp"
#include "frame.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace mailkeep::archive {

/// Keeps the last block it opened, since neighbours are mostly read one after another. Borrows file
/// and codec, which must outlive it. One thread.
class MessageReader {
  public:
    MessageReader(const ReadableFile& file, const FrameCodec& codec) : file_(file), codec_(codec) {}

    /// Nothing when a frame is damaged or the octets' SHA-256 is not the content id.
    [[nodiscard]] std::optional<std::string> read(const StoredMessage& message);

  private:
    [[nodiscard]] bool open_block(std::uint64_t offset);

    const ReadableFile& file_;
    const FrameCodec& codec_;
    std::uint64_t offset_ = 0;  // of the block in raw_, 0 for none
    std::uint64_t end_ = 0;     // of its frame
    std::string raw_;
};

}  // namespace mailkeep::archive
