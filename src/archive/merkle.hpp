// SPDX-License-Identifier: Apache-2.0
// Merkle trees as RFC 6962 and RFC 9162 hash them: one digest stands for a list of leaves that only
// grows. Pure; where the hashes are kept is the business of tiles.hpp.
#pragma once

#include "mailkeep/base/crypto.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// SHA-256 of 0x00 and the leaf.
[[nodiscard]] Digest leaf_hash(std::string_view leaf);
/// SHA-256 of 0x01 and both.
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

/// The root over leaves index * 2^level to (index + 1) * 2^level - 1, all of which are there.
using Subtrees = std::function<Digest(unsigned level, std::uint64_t index)>;

/// The root of a tree with `size` leaves; that of an empty one is SHA-256 of nothing.
[[nodiscard]] Digest tree_root(std::uint64_t size, const Subtrees& subtrees);

/// RFC 9162 section 2.1.3.1, from the leaf up. Requires: index < size.
[[nodiscard]] std::vector<Digest> inclusion_path(std::uint64_t index, std::uint64_t size,
                                                 const Subtrees& subtrees);
/// RFC 9162 section 2.1.3.2.
[[nodiscard]] bool is_included(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                               std::span<const Digest> path, const Digest& root);

/// RFC 9162 section 2.1.4.1. Requires: 0 < before <= size.
[[nodiscard]] std::vector<Digest> consistency_path(std::uint64_t before, std::uint64_t size,
                                                   const Subtrees& subtrees);

struct TreeHead {
    std::uint64_t size = 0;
    Digest root;

    friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

/// RFC 9162 section 2.1.4.2: whether the later tree begins with all leaves of the earlier one.
[[nodiscard]] bool is_consistent(const TreeHead& before, const TreeHead& later,
                                 std::span<const Digest> path);

/// The root of leaves that come one after another: keeps one hash a level.
class RunningRoot {
  public:
    void add(const Digest& leaf);

    [[nodiscard]] std::uint64_t size() const { return size_; }

    [[nodiscard]] Digest root() const;

  private:
    std::uint64_t size_ = 0;
    std::vector<Digest> peaks_;  // of the perfect subtrees in size_, largest first
};

}  // namespace mailkeep::archive
