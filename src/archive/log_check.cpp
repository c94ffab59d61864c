// SPDX-License-Identifier: Apache-2.0
#include "log_check.hpp"

#include "mailkeep/base/time_stamp.hpp"

#include "checkpoint.hpp"
#include "log_entries.hpp"
#include "merkle.hpp"
#include "tiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <variant>

namespace mailkeep::archive {

namespace {

/// Checkpoints, then the tiles below the newest.
class Inspector {
  public:
    Inspector(Disk& disk, const LogFiles& files) : disk_(disk), files_(files) {}

    LogVerdict inspect() {
        const auto public_key = files_.public_key();
        const auto shown = files_.shown_note();  // first: a writer may be at work
        const auto notes = files_.notes();
        if (!public_key) {
            if (!notes.empty() || files_.has_signing_key()) {
                damaged("log/public-key.pem", "is missing or damaged");
            }
            return std::move(verdict_);
        }
        inspect_key();
        inspect_history(notes, *public_key);
        inspect_shown(shown, notes, *public_key);
        inspect_stamps();
        if (!checkpoints_.empty()) {
            inspect_tiles();
        }
        return std::move(verdict_);
    }

  private:
    void damaged(std::string object, std::string what) {
        verdict_.damaged.push_back({std::move(object), std::move(what)});
    }

    void note(std::string object, std::string what) {
        verdict_.notes.push_back({std::move(object), std::move(what)});
    }

    void inspect_key() {
        if (const auto key = files_.signing_key(); !key.problem.empty()) {
            note("keys/log.key", key.problem + ": the log can be checked, but does not grow");
        }
    }

    void inspect_history(const std::vector<std::string>& notes, std::string_view public_key) {
        verdict_.checkpoints = notes.size();
        Checkpoint before;
        for (std::size_t i = 0; i < notes.size(); ++i) {
            const auto object = fmt::format("log checkpoint {}", i + 1);
            auto checkpoint = read_checkpoint(notes[i], files_.origin(), public_key);
            if (!checkpoint) {
                damaged(object, "is missing, damaged or not signed by log/public-key.pem");
            } else if (checkpoint->size <= before.size || checkpoint->covers <= before.covers) {
                damaged(object, "does not go on from the one before it");
            } else {
                before = *checkpoint;
                checkpoints_.push_back({i + 1, *std::move(checkpoint)});
            }
        }
    }

    /// The file `checkpoint` is written right after the history: a crash between the two leaves it
    /// behind by one, never by more and never ahead.
    void inspect_shown(const std::optional<std::string>& shown,
                       const std::vector<std::string>& notes, std::string_view public_key) {
        if (shown && !notes.empty() && *shown == notes.back()) {
            return;
        }
        if (shown && !read_checkpoint(*shown, files_.origin(), public_key)) {
            damaged("log/checkpoint", "is damaged or not signed by log/public-key.pem");
        } else if (notes.size() == 1 ? !shown
                                     : notes.size() > 1 && shown == notes[notes.size() - 2]) {
            note("log/checkpoint", "lacks the newest checkpoint; the next run shows it");
        } else if (shown || !notes.empty()) {
            damaged("log/checkpoint",
                    "is not the newest one of log/checkpoints: one of them was rolled back");
        }
    }

    void inspect_stamps() {
        for (const auto size : files_.stamped()) {
            const auto object = fmt::format("log/stamps/{}.tsr", size);
            const auto stamped =
                std::find_if(checkpoints_.begin(), checkpoints_.end(),
                             [size](const auto& row) { return row.checkpoint.size == size; });
            if (stamped == checkpoints_.end()) {
                damaged(object,
                        "is the stamp of a checkpoint that is no more: the log was rolled "
                        "back");
                continue;
            }
            const auto stamp =
                check_time_stamp(files_.stamp(size).value_or(""), sha256(stamped->checkpoint.note),
                                 files_.authorities_of(size), TrustAt::of_stamp);
            if (!stamp.problem.empty()) {
                damaged(object, "does not hold: " + stamp.problem);
            }
        }
    }

    void inspect_tiles() {
        Tiles tiles(disk_, files_.folder(), checkpoints_.back().checkpoint.size);
        verdict_.entries = tiles.size();
        const auto faults = verdict_.damaged.size();
        for (unsigned level = 0; tiles.count(level) != 0; ++level) {
            inspect_level(tiles, level);
        }
        if (verdict_.damaged.size() == faults) {
            inspect_roots(tiles);
        }
    }

    void inspect_level(Tiles& tiles, unsigned level) {
        const auto count = tiles.count(level);
        for (std::uint64_t number = 0; number * tile_width < count; ++number) {
            const auto width = std::min(tile_width, count - number * tile_width);
            const auto* hashes = tiles.find_tile(level, number);
            const auto object = "log/" + tile_path(level, number, width);
            if (hashes == nullptr) {
                damaged(object, "is missing or damaged");
            } else if (width == tile_width && tiles.find_tile(level + 1, number / tile_width) &&
                       root_of_tile(*hashes) != tiles.hash(level + 1, number)) {
                damaged(object, "does not fit the tile above it");
            }
        }
    }

    /// Every checkpoint behind the first that does not fit would say the same.
    void inspect_roots(Tiles& tiles) {
        std::uint64_t before = 0;
        for (const auto& [number, checkpoint] : checkpoints_) {
            if (tree_root(checkpoint.size, tiles.subtrees()) != checkpoint.root) {
                damaged(fmt::format("log entries {} to {}", before, checkpoint.size - 1),
                        fmt::format("are not those that checkpoint {} signed", number));
                return;
            }
            before = checkpoint.size;
        }
    }

    struct Numbered {
        std::size_t number;
        Checkpoint checkpoint;
    };

    Disk& disk_;
    const LogFiles& files_;
    std::vector<Numbered> checkpoints_;  // those that are whole
    LogVerdict verdict_;
};

struct DigestHash {
    std::size_t operator()(const Digest& digest) const {
        return std::hash<std::string_view>()(digest.view());
    }
};

/// Walks batches and log entries side by side. The entry of a batch itself, always there, ends its
/// entries; between two of them those of a message may have no message any more.
class Comparer {
  public:
    Comparer(Tiles tiles, std::uint64_t covers) : tiles_(std::move(tiles)), covers_(covers) {}

    void take(const CommittedBatch& batch) {
        note_expired(batch);
        if (batch.number > covers_) {
            return;
        }
        const auto object = fmt::format("batch {}", batch.number);
        const auto hashes = entry_hashes(batch);
        const auto end = find(hashes.back());
        if (end == tiles_.size()) {
            differs(object, "is not the one that the log recorded");
            has_lost_place_ = true;
            return;
        }
        if (!has_lost_place_) {
            compare(object, hashes, end);
        }
        place_ = end + 1;
        has_lost_place_ = false;
    }

    std::vector<Finding> finish(std::uint64_t last_batch) {
        if (last_batch < covers_) {
            differs("archive", fmt::format("ends at batch {}, but the log covers batch {}: an "
                                           "older copy was put back",
                                           last_batch, covers_));
        } else if (place_ != tiles_.size() && findings_.empty()) {
            differs(fmt::format("log entries {} to {}", place_, tiles_.size() - 1),
                    "stand in the log, but nowhere in the archive");
        }
        for (const auto& hash : expired_) {
            missing_.erase(hash);
        }
        std::vector<std::uint64_t> unexplained;
        for (const auto& [hash, index] : missing_) {
            unexplained.push_back(index);
        }
        std::sort(unexplained.begin(), unexplained.end());
        for (const auto index : unexplained) {
            differs(fmt::format("log entry {}", index),
                    "stands in the log, but neither in the archive nor among what has expired");
        }
        return std::move(findings_);
    }

  private:
    void differs(std::string object, std::string what) {
        findings_.push_back({std::move(object), std::move(what)});
    }

    void note_expired(const CommittedBatch& batch) {
        for (const auto& event : batch.events) {
            if (const auto* expired = std::get_if<Expired>(&event.what)) {
                expired_.push_back(leaf_hash(message_entry(expired->content_id)));
            }
        }
    }

    /// The next place of a hash, or the size of the log.
    std::uint64_t find(const Digest& hash) {
        auto index = place_;
        while (index < tiles_.size() && tiles_.hash(0, index) != hash) {
            ++index;
        }
        return index;
    }

    /// The last of the hashes is the batch's own, at `end`.
    void compare(const std::string& object, const std::vector<Digest>& hashes, std::uint64_t end) {
        auto hash = hashes.begin();
        const auto last = hashes.end() - 1;
        std::vector<std::pair<Digest, std::uint64_t>> left_over;
        for (auto index = place_; index < end; ++index) {
            const auto entry = tiles_.hash(0, index);
            if (hash != last && *hash == entry) {
                ++hash;
            } else {
                left_over.emplace_back(entry, index);
            }
        }
        if (hash != last) {
            differs(object, "holds a message or an event that the log did not record");
        }
        missing_.insert(left_over.begin(), left_over.end());
    }

    Tiles tiles_;
    std::uint64_t covers_;
    std::uint64_t place_ = 0;      // of the first entry not compared
    bool has_lost_place_ = false;  // the batch before was not found
    std::vector<Digest> expired_;
    std::unordered_map<Digest, std::uint64_t, DigestHash> missing_;  // entries by hash
    std::vector<Finding> findings_;
};

}  // namespace

LogVerdict check_log(Disk& disk, const LogFiles& files) {
    return Inspector(disk, files).inspect();
}

std::vector<Finding> compare_with_log(const Archive& archive, Disk& disk, const LogFiles& files) {
    const auto newest = files.newest();
    if (!newest) {
        return {};
    }
    Comparer comparer(Tiles(disk, files.folder(), newest->size), newest->covers);
    std::uint64_t last = 0;
    archive.for_each_batch(0, [&](const CommittedBatch& batch) {
        comparer.take(batch);
        last = batch.number;
    });
    return comparer.finish(last);
}

std::vector<Finding> compare_with_checkpoint(const Checkpoint& earlier, Disk& disk,
                                             const LogFiles& files) {
    const auto newest = files.newest();
    if (!newest || newest->size < earlier.size) {
        return {
            {"log", fmt::format("has {} entries, but had {} on {}: an older copy was put back",
                                newest ? newest->size : 0, earlier.size, to_rfc3339(earlier.at))}};
    }
    Tiles tiles(disk, files.folder(), newest->size);
    const auto path = consistency_path(earlier.size, newest->size, tiles.subtrees());
    if (!is_consistent({earlier.size, earlier.root}, {newest->size, newest->root}, path)) {
        return {{"log", "does not go on from what it was on " + to_rfc3339(earlier.at) +
                            ": entries before that moment were changed"}};
    }
    return {};
}

}  // namespace mailkeep::archive
