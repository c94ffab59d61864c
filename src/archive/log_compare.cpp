// SPDX-License-Identifier: Apache-2.0
#include "log_compare.hpp"

#include "log_leaves.hpp"
#include "merkle.hpp"
#include "tiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <variant>

namespace mailkeep::archive {

namespace {

std::vector<Finding> older_copy(std::uint64_t last_batch, std::uint64_t covers) {
    if (last_batch >= covers) {
        return {};
    }
    return {{"archive", fmt::format("ends at batch {}, but the log covers batch {}: an older copy "
                                    "was put back",
                                    last_batch, covers)}};
}

/// Makes the tiles of level 0 again, batch after batch, and holds each against the hash of it on
/// level 1, or against what stands on the disk of it, and against every root in it.
class Comparer {
  public:
    Comparer(Disk& disk, const LogFiles& files, const Checkpoint& newest)
        : checkpoints_(files.sound_checkpoints()),
          newest_(newest),
          tiles_(disk, files.folder(), newest.size,
                 [this](std::uint64_t first, std::uint64_t count) { return made(first, count); }),
          tiler_(checkpoints_, {}, [this](const LeafTile& tile) { examine(tile); }) {}

    void take(const CommittedBatch& batch) {
        note_expired(batch);
        if (batch.number > newest_.covers) {
            return;
        }
        const auto begin = tiler_.begin_of(batch.number);
        for (const auto& gone : batch.gone) {
            gone_.emplace(gone.content_id, begin + gone.place);
        }
        if (!tiler_.take(batch)) {
            differs(fmt::format("batch {}", batch.number),
                    "has lost some of its messages or events");
        }
    }

    std::vector<Finding> finish(std::uint64_t last_batch) {
        tiler_.finish();
        if (const auto older = older_copy(last_batch, newest_.covers); !older.empty()) {
            return older;
        }
        expect_tile(newest_.size / tile_width);
        name_odd_tiles();
        if (tiler_.place() < newest_.size && findings_.empty()) {
            differs(entries(tiler_.place(), newest_.size),
                    "stand in the log, but nowhere in the archive");
        }
        name_unexplained();
        return std::move(findings_);
    }

  private:
    static std::string entries(std::uint64_t begin, std::uint64_t end) {
        return fmt::format("log entries {} to {}", begin, end - 1);
    }

    void differs(std::string object, std::string what) {
        findings_.push_back({std::move(object), std::move(what)});
    }

    void note_expired(const CommittedBatch& batch) {
        for (const auto& event : batch.events) {
            if (const auto* expired = std::get_if<Expired>(&event.what)) {
                expired_.insert(expired->content_id);
            }
        }
    }

    [[nodiscard]] std::optional<std::string> made(std::uint64_t first, std::uint64_t count) const {
        const bool is_known =
            tile_ != nullptr && tile_->number == first / tile_width && tile_->knows(0, count);
        return is_known ? std::optional(tile_->hashes.substr(0, count * hash_size)) : std::nullopt;
    }

    void examine(const LeafTile& tile) {
        expect_tile(tile.number);
        if (tile.number * tile_width >= newest_.size) {
            compare_leaves(tile, {});
            return;
        }
        tile_ = &tile;
        if (const auto* hashes = tiles_.find_tile(0, tile.number)) {
            compare_leaves(tile, *hashes);
            compare_roots(tile);
        } else if (tile.size() == tile_width) {
            odd_tile(tile.number, tile.batches.front().batch, tile.batches.back().batch);
        }
        tile_ = nullptr;
        if (tile.size() == tile_width) {
            next_tile_ = std::max(next_tile_, tile.number + 1);
        }
    }

    /// Batch by batch, as far as both sides have them.
    void compare_leaves(const LeafTile& tile, std::string_view hashes) {
        std::size_t place = 0;
        for (const auto& [batch, end, ends_batch] : tile.batches) {
            bool is_same = true;
            for (; place < end; ++place) {
                const auto leaf = tile.leaf(place);
                is_same = !leaf || hashes.substr(std::min(place * hash_size, hashes.size()),
                                                 hash_size) == leaf->view();
                has_other_entries_ = has_other_entries_ || !is_same;
            }
            if (ends_batch && has_other_entries_) {
                differs(fmt::format("batch {}", batch),
                        is_same ? "holds a message or an event that the log did not record"
                                : "is not the one that the log recorded");
            }
            has_other_entries_ = has_other_entries_ && !ends_batch;
        }
    }

    /// Of checkpoints that end in this tile. Behind the first that does not fit all would say the
    /// same.
    void compare_roots(const LeafTile& tile) {
        const auto begin = tile.number * tile_width;
        auto next = std::partition_point(
            checkpoints_.begin(), checkpoints_.end(),
            [begin](const auto& checkpoint) { return checkpoint.size <= begin; });
        for (; next != checkpoints_.end() && next->size <= begin + tile.size() &&
               findings_.empty() && !odd_;
             ++next) {
            if (tree_root(next->size, tiles_.subtrees()) != next->root) {
                differs(
                    entries(next == checkpoints_.begin() ? 0 : std::prev(next)->size, next->size),
                    "are not those that were signed on " + to_rfc3339(next->at));
            }
        }
    }

    /// Those up to this one that the archive gave nothing of.
    void expect_tile(std::uint64_t number) {
        for (auto odd = next_tile_; odd < number; ++odd) {
            odd_tile(odd, 0, 0);
        }
        next_tile_ = std::max(next_tile_, number);
    }

    void odd_tile(std::uint64_t number, std::uint64_t first_batch, std::uint64_t last_batch) {
        if (odd_ && odd_->end != number) {
            name_odd_tiles();
        }
        if (!odd_) {
            odd_ = OddTiles{number, number, first_batch, last_batch};
        }
        odd_->end = number + 1;
        odd_->first_batch = odd_->first_batch == 0 ? first_batch : odd_->first_batch;
        odd_->last_batch = std::max(odd_->last_batch, last_batch);
    }

    void name_odd_tiles() {
        if (!odd_) {
            return;
        }
        differs(entries(odd_->begin * tile_width, std::min(odd_->end * tile_width, newest_.size)),
                odd_->last_batch == 0
                    ? std::string("stand in the log, but nowhere in the archive")
                    : fmt::format("are not what batches {} to {} of the archive give",
                                  odd_->first_batch, odd_->last_batch));
        odd_.reset();
    }

    /// What is neither here nor expired.
    void name_unexplained() {
        std::set<std::uint64_t> unexplained;
        for (const auto& [content_id, index] : gone_) {
            if (!expired_.contains(content_id)) {
                unexplained.insert(index);
            }
        }
        for (const auto index : unexplained) {
            differs(fmt::format("log entry {}", index),
                    "stands in the log, but neither in the archive nor among what has expired");
        }
    }

    struct OddTiles {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t first_batch = 0;
        std::uint64_t last_batch = 0;
    };

    std::vector<Checkpoint> checkpoints_;
    Checkpoint newest_;
    Tiles tiles_;
    LeafTiler tiler_;
    const LeafTile* tile_ = nullptr;  // the one that is examined
    std::uint64_t next_tile_ = 0;
    bool has_other_entries_ = false;                // the batch that is compared
    std::optional<OddTiles> odd_;                   // side by side, not named yet
    std::multimap<ContentId, std::uint64_t> gone_;  // and their entries
    std::set<ContentId> expired_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> compare_with_log(const Archive& archive, Disk& disk, const LogFiles& files,
                                      Depth depth) {
    const auto newest = files.newest();
    if (!newest) {
        return {};
    }
    if (depth == Depth::quick) {
        return older_copy(archive.last_batch(), newest->covers);
    }
    Comparer comparer(disk, files, *newest);
    std::uint64_t last = 0;
    archive.for_each_batch(0, [&](const CommittedBatch& batch) {
        comparer.take(batch);
        last = batch.number;
    });
    return comparer.finish(last);
}

std::vector<Finding> compare_with_checkpoint(const Checkpoint& earlier, const Archive& archive,
                                             Disk& disk, const LogFiles& files) {
    const auto newest = files.newest();
    if (!newest || newest->size < earlier.size) {
        return {
            {"log", fmt::format("has {} entries, but had {} on {}: an older copy was put back",
                                newest ? newest->size : 0, earlier.size, to_rfc3339(earlier.at))}};
    }
    const LogLeaves leaves(archive, files.sound_checkpoints());
    Tiles tiles(disk, files.folder(), newest->size, [&](std::uint64_t first, std::uint64_t count) {
        return leaves.make(first, count);
    });
    const auto path = consistency_path(earlier.size, newest->size, tiles.subtrees());
    if (!is_consistent({earlier.size, earlier.root}, {newest->size, newest->root}, path)) {
        return {{"log", "does not go on from what it was on " + to_rfc3339(earlier.at) +
                            ": entries before that moment were changed"}};
    }
    return {};
}

}  // namespace mailkeep::archive
