// SPDX-License-Identifier: Apache-2.0
// Blocks that were decoded lately: a rebuild or an export asks for one message after another, and
// a block holds many of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace mailkeep::archive {

struct CachedBlock {
    std::uint64_t frame = 0;  ///< offset of its frame in the file, 0 for none
    std::uint64_t end = 0;    ///< of the frame; 0 where nobody needs to know
    std::string raw;
};

/// Holds so many octets at most and forgets what was used longest ago. Any thread: a block is taken
/// out while it is used, so that two threads never share one; who comes second decodes it again.
class BlockCache {
  public:
    explicit BlockCache(std::size_t most_octets) : most_octets_(most_octets) {}

    /// A block without frame when it is not there.
    [[nodiscard]] CachedBlock take(const std::string& file, std::uint64_t frame);
    void put(const std::string& file, CachedBlock block);
    /// The octets of the block that was used longest ago, when another one would not fit; else
    /// empty.
    [[nodiscard]] std::string room();

    /// Whether the block was asked for lately, even though nobody put it in. Notes that it was.
    [[nodiscard]] bool was_wanted(const std::string& file, std::uint64_t frame);

  private:
    [[nodiscard]] std::string forget_oldest();

    using Key = std::pair<std::string, std::uint64_t>;

    struct Entry {
        Key key;
        CachedBlock block;
    };

    const std::size_t most_octets_;
    std::mutex mutex_;          // guards all below
    std::list<Entry> entries_;  // used lately first
    std::map<Key, std::list<Entry>::iterator> places_;
    std::size_t octets_ = 0;
    std::list<Key> wanted_;  // lately first
};

}  // namespace mailkeep::archive
