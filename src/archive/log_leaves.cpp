// SPDX-License-Identifier: Apache-2.0
#include "log_leaves.hpp"

#include "log_entries.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::archive {

namespace {

/// The last of the first checkpoints for which this holds.
template <class Predicate>
Checkpoint last_with(const std::vector<Checkpoint>& checkpoints, const Predicate& holds) {
    const auto end = std::partition_point(checkpoints.begin(), checkpoints.end(), holds);
    return end == checkpoints.begin() ? Checkpoint{} : *std::prev(end);
}

}  // namespace

std::optional<Digest> LeafTile::leaf(std::size_t place) const {
    const auto digest =
        Digest::from_octets(std::string_view(hashes).substr(place * hash_size, hash_size));
    return digest == Digest{} ? std::nullopt : std::optional(digest);
}

bool LeafTile::knows(std::size_t begin, std::size_t end) const {
    for (auto place = begin; place < end; ++place) {
        if (place >= size() || !leaf(place)) {
            return false;
        }
    }
    return true;
}

LeafTiler::LeafTiler(const std::vector<Checkpoint>& checkpoints, const Checkpoint& begin, Sink sink)
    : checkpoints_(checkpoints), sink_(std::move(sink)) {
    go_to(begin.size);
}

std::uint64_t LeafTiler::begin_of(std::uint64_t batch) const {
    const auto before = std::lower_bound(
        checkpoints_.begin(), checkpoints_.end(), batch - 1,
        [](const auto& checkpoint, std::uint64_t covers) { return checkpoint.covers < covers; });
    return before != checkpoints_.end() && before->covers == batch - 1 ? before->size : place_;
}

bool LeafTiler::take(const CommittedBatch& batch) {
    if (const auto begin = begin_of(batch.number); begin != place_) {
        go_to(begin);
    }
    const auto hashes = entry_hashes(batch);
    const auto count = entry_count(batch);
    for (std::uint64_t i = 0; i < count; ++i) {
        add(batch, hashes ? (*hashes)[i] : Digest{});
        tile_.batches.back().ends_batch = i + 1 == count;
        if (place_ % tile_width == 0) {
            pass_on();
        }
    }
    return hashes.has_value();
}

void LeafTiler::finish() {
    if (!tile_.batches.empty()) {
        pass_on();
    }
}

/// What lies before that place in its tile is not known.
void LeafTiler::go_to(std::uint64_t place) {
    finish();
    place_ = place;
    tile_ = {.number = place / tile_width, .hashes = {}, .batches = {}};
    tile_.hashes.assign(place % tile_width * hash_size, '\0');
}

void LeafTiler::add(const CommittedBatch& batch, const Digest& hash) {
    tile_.hashes += hash.view();
    if (tile_.batches.empty() || tile_.batches.back().batch != batch.number) {
        tile_.batches.push_back({.batch = batch.number});
    }
    tile_.batches.back().end = tile_.size();
    ++place_;
}

void LeafTiler::pass_on() {
    sink_(tile_);
    tile_ = {.number = place_ / tile_width, .hashes = {}, .batches = {}};
}

LogLeaves::LogLeaves(const Archive& archive, std::vector<Checkpoint> checkpoints)
    : archive_(archive), checkpoints_(std::move(checkpoints)) {}

std::optional<std::string> LogLeaves::make(std::uint64_t first, std::uint64_t count) const {
    std::optional<std::string> made;
    for_each(first, first + count, [&](const LeafTile& tile) {
        const auto begin = first % tile_width;
        if (tile.number == first / tile_width && tile.knows(begin, begin + count)) {
            made = tile.hashes.substr(begin * hash_size, count * hash_size);
        }
    });
    return made;
}

std::optional<std::uint64_t> LogLeaves::find(const ContentId& content_id) const {
    const auto number = archive_.first_batch_with(content_id);
    if (!number || checkpoints_.empty() || *number > checkpoints_.back().covers) {
        return std::nullopt;
    }
    const auto before = last_with(
        checkpoints_, [&](const auto& checkpoint) { return checkpoint.covers < *number; });
    auto index = before.size;
    archive_.for_each_batch(before.covers, *number, [&](const CommittedBatch& batch) {
        index +=
            batch.number < *number ? entry_count(batch) : place_in(batch, content_id).value_or(0);
    });
    return index;
}

void LogLeaves::for_each(std::uint64_t first, std::uint64_t end,
                         const LeafTiler::Sink& sink) const {
    const auto behind =
        std::lower_bound(checkpoints_.begin(), checkpoints_.end(), end,
                         [](const auto& checkpoint, auto size) { return checkpoint.size < size; });
    if (behind == checkpoints_.end()) {
        return;
    }
    const auto before =
        last_with(checkpoints_, [&](const auto& checkpoint) { return checkpoint.size <= first; });
    LeafTiler tiler(checkpoints_, before, sink);
    archive_.for_each_batch(before.covers, behind->covers,
                            [&](const CommittedBatch& batch) { tiler.take(batch); });
    tiler.finish();
}

}  // namespace mailkeep::archive
