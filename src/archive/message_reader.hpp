// SPDX-License-Identifier: Apache-2.0
// Messages out of BLOCK frames, exactly as they went in or not at all.
#pragma once

#include "mailkeep/model/message.hpp"

#include "block_cache.hpp"
#include "durable_file.hpp"
#include "frame.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mailkeep::archive {

/// Keeps the last block it opened, since neighbours are mostly read one after another. Borrows file
/// and codec, which must outlive it. One thread.
class MessageReader {
  public:
    /// `known` is a block opened before, if there is one, or one without a frame, whose memory
    /// serves for the first that is opened.
    MessageReader(const ReadableFile& file, const FrameCodec& codec, CachedBlock known = {})
        : file_(file), codec_(codec), block_(std::move(known)) {}

    /// Nothing when a frame is damaged or the octets' SHA-256 is not the content id.
    [[nodiscard]] std::optional<std::string> read(const StoredMessage& message);
    /// Likewise in pieces; false, after some may have been given, where the other gives nothing.
    [[nodiscard]] bool read(const StoredMessage& message,
                            const std::function<void(std::string_view)>& sink);

    /// The block opened last, for the next reader.
    [[nodiscard]] CachedBlock take_block() { return std::exchange(block_, {}); }

  private:
    [[nodiscard]] bool open_block(std::uint64_t offset);

    const ReadableFile& file_;
    const FrameCodec& codec_;
    CachedBlock block_;
};

}  // namespace mailkeep::archive
