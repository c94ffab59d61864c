// SPDX-License-Identifier: Apache-2.0
// Which messages of a batch share a frame of the journal, and those frames' payloads, made while
// the batch fills.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include "frame.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// Messages up to this size share a block; a larger one has blocks of its own.
inline constexpr std::size_t block_cap = std::size_t{1} << 20;

/// As all frames of a journal are compressed. Takes two thirds of the time of level -1 there and
/// back, for a tenth more octets: they are gone once sealed.
inline constexpr int journal_level = -3;

/// The next so many messages of the batch.
struct BatchBlock {
    std::size_t messages = 0;
    /// Nothing: one message that is larger than a block.
    std::optional<Payload> payload;
};

/// One thread at a time.
class BatchBlocks {
  public:
    BatchBlocks() : compressor_(journal_level, 0) {}

    void add(const Batch::Message& message);

    /// In order; the messages after theirs share the open one.
    [[nodiscard]] const std::vector<BatchBlock>& full() const { return full_; }

    /// The octets of those messages.
    [[nodiscard]] std::string_view open() const { return raw_; }

  private:
    void close();

    Compressor compressor_;
    std::string raw_;  // of the open block
    std::size_t messages_ = 0;
    std::vector<BatchBlock> full_;
};

}  // namespace mailkeep::archive
