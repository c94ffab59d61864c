// SPDX-License-Identifier: Apache-2.0
#include "merkle.hpp"

#include "mailkeep/base/error.hpp"

#include <bit>

namespace mailkeep::archive {

namespace {

constexpr std::string_view leaf_prefix("\x00", 1);
constexpr std::string_view node_prefix("\x01", 1);

/// The largest power of two below size. Requires: size > 1.
std::uint64_t split_of(std::uint64_t size) {
    return std::bit_floor(size - 1);
}

/// The root over leaves begin to end - 1, as the splits of RFC 9162 cut them out: a range whose
/// size is a power of two begins at a multiple of that size.
Digest range_root(std::uint64_t begin, std::uint64_t end, const Subtrees& subtrees) {
    const auto size = end - begin;
    if (std::has_single_bit(size)) {
        const auto level = static_cast<unsigned>(std::countr_zero(size));
        return subtrees(level, begin >> level);
    }
    const auto middle = begin + split_of(size);
    return node_hash(range_root(begin, middle, subtrees), range_root(middle, end, subtrees));
}

/// SUBPROOF of RFC 9162, without recursion: the way down to leaf `before`, then the hashes beside
/// that way from the bottom up.
std::vector<Digest> subproof(std::uint64_t before, std::uint64_t size, const Subtrees& subtrees) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> beside;
    std::uint64_t begin = 0;
    auto end = size;
    while (end != before) {
        const auto middle = begin + split_of(end - begin);
        if (before <= middle) {
            beside.emplace_back(middle, end);
            end = middle;
        } else {
            beside.emplace_back(begin, middle);
            begin = middle;
        }
    }
    std::vector<Digest> path;
    if (begin != 0) {  // else it is the earlier root, which the reader has
        path.push_back(range_root(begin, end, subtrees));
    }
    for (auto range = beside.rbegin(); range != beside.rend(); ++range) {
        path.push_back(range_root(range->first, range->second, subtrees));
    }
    return path;
}

}  // namespace

Digest leaf_hash(std::string_view leaf) {
    Sha256 hash;
    hash.add(leaf_prefix);
    hash.add(leaf);
    return hash.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
    Sha256 hash;
    hash.add(node_prefix);
    hash.add(left.view());
    hash.add(right.view());
    return hash.finish();
}

Digest tree_root(std::uint64_t size, const Subtrees& subtrees) {
    return size == 0 ? sha256({}) : range_root(0, size, subtrees);
}

std::vector<Digest> inclusion_path(std::uint64_t index, std::uint64_t size,
                                   const Subtrees& subtrees) {
    MAILKEEP_ASSERT(index < size);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> beside;
    std::uint64_t begin = 0;
    auto end = size;
    while (end - begin > 1) {
        const auto middle = begin + split_of(end - begin);
        if (index < middle) {
            beside.emplace_back(middle, end);
            end = middle;
        } else {
            beside.emplace_back(begin, middle);
            begin = middle;
        }
    }
    std::vector<Digest> path;
    for (auto range = beside.rbegin(); range != beside.rend(); ++range) {
        path.push_back(range_root(range->first, range->second, subtrees));
    }
    return path;
}

bool is_included(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                 std::span<const Digest> path, const Digest& root) {
    if (index >= size) {
        return false;
    }
    auto place = index;
    auto last = size - 1;
    auto hash = leaf;
    for (const auto& beside : path) {
        if (last == 0) {
            return false;
        }
        if (place % 2 == 1 || place == last) {
            hash = node_hash(beside, hash);
            while (place % 2 == 0 && place != 0) {
                place /= 2;
                last /= 2;
            }
        } else {
            hash = node_hash(hash, beside);
        }
        place /= 2;
        last /= 2;
    }
    return last == 0 && hash == root;
}

std::vector<Digest> consistency_path(std::uint64_t before, std::uint64_t size,
                                     const Subtrees& subtrees) {
    MAILKEEP_ASSERT(before > 0 && before <= size);
    return before == size ? std::vector<Digest>() : subproof(before, size, subtrees);
}

bool is_consistent(const TreeHead& before, const TreeHead& later, std::span<const Digest> path) {
    if (before.size == 0 || before.size > later.size) {
        return false;
    }
    if (before.size == later.size) {
        return path.empty() && before.root == later.root;
    }
    std::vector<Digest> hashes(path.begin(), path.end());
    if (std::has_single_bit(before.size)) {
        hashes.insert(hashes.begin(), before.root);
    }
    if (hashes.empty()) {
        return false;
    }
    const auto whole = std::countr_one(before.size - 1);
    auto place = (before.size - 1) >> whole;
    auto last = (later.size - 1) >> whole;
    auto old_root = hashes.front();
    auto new_root = hashes.front();
    for (const auto& beside : std::span(hashes).subspan(1)) {
        if (last == 0) {
            return false;
        }
        if (place % 2 == 1 || place == last) {
            old_root = node_hash(beside, old_root);
            new_root = node_hash(beside, new_root);
            while (place % 2 == 0 && place != 0) {
                place /= 2;
                last /= 2;
            }
        } else {
            new_root = node_hash(new_root, beside);
        }
        place /= 2;
        last /= 2;
    }
    return last == 0 && old_root == before.root && new_root == later.root;
}

void RunningRoot::add(const Digest& leaf) {
    auto hash = leaf;
    for (auto size = size_; size % 2 == 1; size /= 2) {
        hash = node_hash(peaks_.back(), hash);
        peaks_.pop_back();
    }
    peaks_.push_back(hash);
    ++size_;
}

Digest RunningRoot::root() const {
    if (peaks_.empty()) {
        return sha256({});
    }
    auto hash = peaks_.back();
    for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak) {
        hash = node_hash(*peak, hash);
    }
    return hash;
}

}  // namespace mailkeep::archive
