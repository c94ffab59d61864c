// SPDX-License-Identifier: Apache-2.0
// A crash while the log grows leaves tiles that no checkpoint speaks of yet. They are made again,
// the same, by the next catch_up(), which goes on from the newest checkpoint.
#include "mailkeep/archive/log.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "checkpoint.hpp"
#include "durable_file.hpp"
#include "log_check.hpp"
#include "log_compare.hpp"
#include "log_entries.hpp"
#include "log_files.hpp"
#include "log_leaves.hpp"
#include "merkle.hpp"
#include "tiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace mailkeep::archive {

namespace {

void require_fit(bool fits) {
    if (!fits) {
        throw Error(Errc::corrupt, "the log does not fit its newest checkpoint",
                    "`mailkeep log verify` says more.");
    }
}

void add_entries(const CommittedBatch& batch, TileWriter& writer) {
    const auto hashes = entry_hashes(batch);
    if (!hashes) {
        throw Error(Errc::corrupt,
                    fmt::format("batch {} has lost some of its messages or events", batch.number),
                    "Run `mailkeep repair --from` a replica; until then the log does not grow.");
    }
    for (const auto& hash : *hashes) {
        writer.add(hash);
    }
}

/// Base64 in lines that people can mail.
std::string armoured(std::string_view octets) {
    constexpr std::size_t width = 64;
    const auto text = to_base64(octets);
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += width) {
        lines += text.substr(at, width) + "\n";
    }
    return lines;
}

}  // namespace

class Log::State {
  public:
    State(const Archive& archive, Disk* disk)
        : archive_(archive),
          disk_(disk == nullptr ? system_ : *disk),
          reserve_(archive.data()),
          files_(disk_, archive) {}

    void catch_up(Timestamp now) {
        const std::lock_guard lock(mutex_);
        const auto newest = files_.newest();
        const auto last = archive_.last_batch();
        if (newest && newest->covers > last) {
            throw Error(Errc::corrupt,
                        fmt::format("the log covers batch {}, but the archive ends at batch {}",
                                    newest->covers, last),
                        "An older copy of the archive was put back; `mailkeep log verify` says "
                        "more.");
        }
        if (newest && files_.shown_note() != newest->note) {
            files_.show(*newest);  // a crash came between the two
        }
        if (last > (newest ? newest->covers : 0)) {
            if (!newest || !files_.public_key()) {
                files_.begin();
            }
            grow(newest, now);
        }
        remove_full_leaf_tiles();
    }

    [[nodiscard]] Proof prove(const ContentId& content_id) const {
        const auto newest = files_.newest();
        const auto index = newest ? leaves().find(content_id) : std::nullopt;
        if (!index || *index >= newest->size) {
            throw Error(Errc::not_found, "message " + content_id.hex() + " is not in the log",
                        "If it is new, the next backup adds it.");
        }
        auto entry = message_entry(content_id);
        Tiles tiles(disk_, files_.folder(), newest->size, from_archive());
        auto path = inclusion_path(*index, newest->size, tiles.subtrees());
        require_fit(is_included(leaf_hash(entry), *index, newest->size, path, newest->root));
        return {content_id,      std::move(entry), *index,
                std::move(path), *newest,          files_.stamp(newest->size).value_or("")};
    }

    void keep_stamp(const Checkpoint& checkpoint, std::string_view response,
                    std::string_view authorities) {
        const std::lock_guard lock(mutex_);
        if (files_.stamp(checkpoint.size)) {
            throw Error(Errc::conflict, "this checkpoint has a time stamp already");
        }
        files_.keep_stamp(checkpoint.size, response, authorities);
    }

    [[nodiscard]] std::vector<Checkpoint> checkpoints() const {
        const auto public_key = files_.public_key();
        std::vector<Checkpoint> all;
        for (const auto& note : files_.notes()) {
            auto checkpoint =
                public_key ? read_checkpoint(note, files_.origin(), *public_key) : std::nullopt;
            if (!checkpoint) {
                throw Error(Errc::corrupt,
                            fmt::format("log checkpoint {} is damaged", all.size() + 1),
                            "`mailkeep log verify` says more.");
            }
            all.push_back(*std::move(checkpoint));
        }
        return all;
    }

    [[nodiscard]] std::vector<Finding> compare_with(std::string_view note) const {
        const auto public_key = files_.public_key();
        const auto earlier =
            public_key ? read_checkpoint(note, files_.origin(), *public_key) : std::nullopt;
        if (!earlier) {
            throw Error(Errc::invalid, "this is no checkpoint signed by the key of this archive",
                        "Give a copy of DATA/log/checkpoint kept elsewhere. If it is one, the "
                        "archive's key or identity was exchanged.");
        }
        return compare_with_checkpoint(*earlier, archive_, disk_, files_);
    }

    [[nodiscard]] const Archive& archive() const { return archive_; }

    [[nodiscard]] Disk& disk() const { return disk_; }

    [[nodiscard]] const LogFiles& files() const { return files_; }

  private:
    [[nodiscard]] LogLeaves leaves() const { return {archive_, files_.sound_checkpoints()}; }

    [[nodiscard]] MakeLeaves from_archive() const {
        return [this](std::uint64_t first, std::uint64_t count) {
            return leaves().make(first, count);
        };
    }

    void grow(const std::optional<Checkpoint>& newest, Timestamp now) {
        const auto signing_key = files_.signing_key();
        if (!signing_key.problem.empty()) {
            throw Error(Errc::invalid, "keys/log.key " + signing_key.problem,
                        "Put it back from a copy of this archive; until then the log does not "
                        "grow, and backups go on.");
        }
        Tiles standing(disk_, files_.folder(), newest ? newest->size : 0, from_archive());
        TileWriter writer(disk_, reserve_, standing, files_.folder());
        // What is added to the hashes under the newest root is consistent with it.
        require_fit(!newest || writer.root() == newest->root);
        auto covers = newest ? newest->covers : 0;
        archive_.for_each_batch(covers, [&](const CommittedBatch& batch) {
            add_entries(batch, writer);
            covers = batch.number;
        });
        writer.finish();
        Tiles grown(disk_, files_.folder(), writer.size());
        require_fit(tree_root(grown.size(), grown.subtrees()) == writer.root());
        files_.keep(sign_checkpoint({writer.size(), writer.root(), covers, now, {}},
                                    files_.origin(), signing_key.octets));
        writer.remove_outgrown();
        log_info("log.signed", {{"entries", writer.size()}, {"batch", covers}});
    }

    /// Those that earlier versions kept, each once the archive gives the same octets.
    void remove_full_leaf_tiles() {
        auto numbers = full_leaf_tiles(files_.folder());
        const auto newest = files_.newest();
        const auto full = newest ? newest->size / tile_width : 0;
        if (numbers.empty() || *numbers.begin() >= full) {
            return;
        }
        Tiles kept(disk_, files_.folder(), newest->size);
        const auto first = *numbers.begin() * tile_width;
        const auto end = std::min(full, *numbers.rbegin() + 1) * tile_width;
        leaves().for_each(first, end, [&](const LeafTile& tile) {
            const auto* hashes =
                numbers.contains(tile.number) ? kept.find_tile(0, tile.number) : nullptr;
            if (hashes != nullptr && *hashes == tile.hashes &&
                root_of_tile(*hashes) == kept.hash(1, tile.number)) {
                remove_file(disk_, files_.folder() / tile_path(0, tile.number, tile_width));
                numbers.erase(tile.number);
            }
        });
        log_info("log.thinned", {{"entries", end}, {"tiles_left", numbers.size()}});
    }

    const Archive& archive_;
    Disk system_;
    Disk& disk_;
    Reserve reserve_;
    LogFiles files_;
    std::mutex mutex_;  // one writer at a time
};

std::string to_text(const Proof& proof) {
    auto text =
        fmt::format("mailkeep proof 1\nmessage {}\nentry {}index {}\nsize {}\n",
                    proof.content_id.hex(), proof.entry, proof.index, proof.checkpoint.size);
    for (const auto& hash : proof.path) {
        text += "path " + hash.hex() + "\n";
    }
    text += "checkpoint\n" + proof.checkpoint.note;
    if (!proof.stamp.empty()) {
        text += "time-stamp\n" + armoured(proof.stamp);
    }
    return text;
}

Log::Log(const Archive& archive) : state_(std::make_unique<State>(archive, nullptr)) {}

Log::Log(const Archive& archive, Disk& disk) : state_(std::make_unique<State>(archive, &disk)) {}

Log::~Log() = default;
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;

void Log::catch_up(Timestamp now) {
    state_->catch_up(now);
}

std::optional<Checkpoint> Log::newest() const {
    return state_->files().newest();
}

std::vector<Checkpoint> Log::checkpoints() const {
    return state_->checkpoints();
}

Proof Log::prove(const ContentId& content_id) const {
    return state_->prove(content_id);
}

void Log::keep_stamp(const Checkpoint& checkpoint, std::string_view response,
                     std::string_view authorities) {
    state_->keep_stamp(checkpoint, response, authorities);
}

std::optional<std::string> Log::stamp(const Checkpoint& checkpoint) const {
    return state_->files().stamp(checkpoint.size);
}

LogVerdict Log::check() const {
    return check_log(state_->disk(), state_->files());
}

std::vector<Finding> Log::compare(Depth depth) const {
    return compare_with_log(state_->archive(), state_->disk(), state_->files(), depth);
}

std::vector<Finding> Log::compare_with(std::string_view checkpoint_note) const {
    return state_->compare_with(checkpoint_note);
}

}  // namespace mailkeep::archive
