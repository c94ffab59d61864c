// SPDX-License-Identifier: Apache-2.0
// The leaves of the log made again from the archive. Which entries a batch has follows from how
// many those before it have; where batches begin in the log, checkpoints say: each covers so many
// batches with so many entries. So one tile takes the batches between two checkpoints, and what is
// wrong between them shifts nothing behind them.
#pragma once

#include "mailkeep/archive/log.hpp"

#include "tiles.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// A tile of level 0 as the archive gives it, or the part of it that could be made.
struct LeafTile {
    /// Entries up to `end`, a place in the tile, are of this batch.
    struct Stretch {
        std::uint64_t batch = 0;
        std::size_t end = 0;
        bool ends_batch = false;
    };

    std::uint64_t number = 0;
    std::string hashes;  ///< one after another; zeros for entries that are lost
    std::vector<Stretch> batches;

    [[nodiscard]] std::size_t size() const { return hashes.size() / hash_size; }

    /// Nothing for one that is lost.
    [[nodiscard]] std::optional<Digest> leaf(std::size_t place) const;
    [[nodiscard]] bool knows(std::size_t begin, std::size_t end) const;
};

/// Turns batches into tiles. One thread.
class LeafTiler {
  public:
    using Sink = std::function<void(const LeafTile&)>;

    /// Begins with the batch after the first of the checkpoints, or with the first batch. Borrows
    /// `checkpoints`, ascending.
    LeafTiler(const std::vector<Checkpoint>& checkpoints, const Checkpoint& begin, Sink sink);

    /// Where the entries of the next batch begin, if it has this number.
    [[nodiscard]] std::uint64_t begin_of(std::uint64_t batch) const;
    /// False when some of its entries are lost. Requires: ascending, without gap.
    bool take(const CommittedBatch& batch);
    /// The last tile, unless there is nothing in it. Once.
    void finish();

    /// Where the next entry stands.
    [[nodiscard]] std::uint64_t place() const { return place_; }

  private:
    void go_to(std::uint64_t place);
    void add(const CommittedBatch& batch, const Digest& hash);
    void pass_on();

    const std::vector<Checkpoint>& checkpoints_;
    Sink sink_;
    std::uint64_t place_ = 0;
    LeafTile tile_;
};

/// Borrows the archive. Any thread.
class LogLeaves {
  public:
    /// Of the checkpoints of its log, ascending; the more there are, the less has to be read.
    LogLeaves(const Archive& archive, std::vector<Checkpoint> checkpoints);

    /// Of entries first to first + count - 1 of one tile; nothing when they are not under a
    /// checkpoint or the archive has lost some. Error{corrupt} when batches cannot be read.
    [[nodiscard]] std::optional<std::string> make(std::uint64_t first, std::uint64_t count) const;
    /// The first entry of a message; nothing when none is under a checkpoint.
    [[nodiscard]] std::optional<std::uint64_t> find(const ContentId& content_id) const;
    /// All tiles with entries first to end - 1, and some before and behind, in one go.
    void for_each(std::uint64_t first, std::uint64_t end, const LeafTiler::Sink& sink) const;

  private:
    const Archive& archive_;
    std::vector<Checkpoint> checkpoints_;
};

}  // namespace mailkeep::archive
