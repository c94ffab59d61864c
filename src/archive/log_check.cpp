// SPDX-License-Identifier: Apache-2.0
#include "log_check.hpp"

#include "mailkeep/base/time_stamp.hpp"

#include "checkpoint.hpp"
#include "merkle.hpp"
#include "tiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

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
        inspect_leaves(tiles);
        for (unsigned level = 1; tiles.count(level) != 0; ++level) {
            inspect_level(tiles, level);
        }
        if (verdict_.damaged.size() == faults) {
            inspect_roots(tiles);
        }
    }

    /// The unfilled tile, and full ones that an earlier version kept.
    void inspect_leaves(Tiles& tiles) {
        for (const auto number : full_leaf_tiles(files_.folder())) {
            if (number < tiles.size() / tile_width) {
                inspect_tile(tiles, 0, number);
            }
        }
        if (tiles.size() % tile_width != 0) {
            inspect_tile(tiles, 0, tiles.size() / tile_width);
        }
    }

    void inspect_level(Tiles& tiles, unsigned level) {
        for (std::uint64_t number = 0; number * tile_width < tiles.count(level); ++number) {
            inspect_tile(tiles, level, number);
        }
    }

    void inspect_tile(Tiles& tiles, unsigned level, std::uint64_t number) {
        const auto width = std::min(tile_width, tiles.count(level) - number * tile_width);
        const auto* hashes = tiles.find_tile(level, number);
        const auto object = "log/" + tile_path(level, number, width);
        if (hashes == nullptr) {
            damaged(object, "is missing or damaged");
        } else if (width == tile_width && tiles.find_tile(level + 1, number / tile_width) &&
                   root_of_tile(*hashes) != tiles.hash(level + 1, number)) {
            damaged(object, "does not fit the tile above it");
        }
    }

    /// Those that need leaves which are not here are for the comparison with the archive. Every
    /// checkpoint behind the first that does not fit would say the same.
    void inspect_roots(Tiles& tiles) {
        std::uint64_t before = 0;
        for (const auto& [number, checkpoint] : checkpoints_) {
            if (checkpoint.size % tile_width != 0 &&
                tiles.find_tile(0, checkpoint.size / tile_width) == nullptr) {
                continue;
            }
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

}  // namespace

LogVerdict check_log(Disk& disk, const LogFiles& files) {
    for (;;) {
        const auto before = files.shown_note();
        auto verdict = Inspector(disk, files).inspect();
        // A writer that signs meanwhile takes tiles away that were filled.
        if (verdict.damaged.empty() || files.shown_note() == before) {
            return verdict;
        }
    }
}

}  // namespace mailkeep::archive
