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
#include "log_entries.hpp"
#include "log_files.hpp"
#include "merkle.hpp"
#include "tiles.hpp"

#include <fmt/format.h>

#include <mutex>

namespace mailkeep::archive {

namespace {

TreeHead head_of(const std::optional<Checkpoint>& checkpoint) {
    return checkpoint ? TreeHead{checkpoint->size, checkpoint->root} : TreeHead{};
}

/// Where an entry stands, looked for in all of them: hashes have no order.
std::optional<std::uint64_t> find_entry(Tiles& tiles, const Digest& hash) {
    for (std::uint64_t number = 0; number * tile_width < tiles.size(); ++number) {
        const std::string_view hashes = tiles.tile(0, number);
        for (auto at = hashes.find(hash.view()); at != std::string_view::npos;
             at = hashes.find(hash.view(), at + 1)) {
            if (at % hash_size == 0) {
                return number * tile_width + at / hash_size;
            }
        }
    }
    return std::nullopt;
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
    }

    [[nodiscard]] Proof prove(const ContentId& content_id) const {
        const auto newest = files_.newest();
        auto entry = message_entry(content_id);
        const auto hash = leaf_hash(entry);
        Tiles tiles(disk_, files_.folder(), newest ? newest->size : 0);
        const auto index = find_entry(tiles, hash);
        if (!index) {
            throw Error(Errc::not_found, "message " + content_id.hex() + " is not in the log",
                        "If it is new, the next backup adds it.");
        }
        auto path = inclusion_path(*index, newest->size, tiles.subtrees());
        if (!is_included(hash, *index, newest->size, path, newest->root)) {
            throw Error(Errc::corrupt, "the log does not fit its newest checkpoint",
                        "`mailkeep log verify` says more.");
        }
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
        return compare_with_checkpoint(*earlier, disk_, files_);
    }

    [[nodiscard]] const Archive& archive() const { return archive_; }

    [[nodiscard]] Disk& disk() const { return disk_; }

    [[nodiscard]] const LogFiles& files() const { return files_; }

  private:
    void grow(const std::optional<Checkpoint>& newest, Timestamp now) {
        const auto signing_key = files_.signing_key();
        if (!signing_key.problem.empty()) {
            throw Error(Errc::invalid, "keys/log.key " + signing_key.problem,
                        "Put it back from a copy of this archive; until then the log does not "
                        "grow, and backups go on.");
        }
        const auto before = head_of(newest);
        Tiles standing(disk_, files_.folder(), before.size);
        TileWriter writer(disk_, reserve_, standing, files_.folder());
        auto covers = newest ? newest->covers : 0;
        archive_.for_each_batch(covers, [&](const CommittedBatch& batch) {
            for (const auto& hash : entry_hashes(batch)) {
                writer.add(hash);
            }
            covers = batch.number;
        });
        writer.finish();
        Tiles grown(disk_, files_.folder(), writer.size());
        const TreeHead head{grown.size(), tree_root(grown.size(), grown.subtrees())};
        if (before.size != 0 &&
            !is_consistent(before, head,
                           consistency_path(before.size, head.size, grown.subtrees()))) {
            throw Error(Errc::corrupt, "the log does not fit its newest checkpoint",
                        "`mailkeep log verify` says more.");
        }
        files_.keep(sign_checkpoint({head.size, head.root, covers, now, {}}, files_.origin(),
                                    signing_key.octets));
        writer.remove_outgrown();
        log_info("log.signed", {{"entries", head.size}, {"batch", covers}});
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

std::vector<Finding> Log::compare() const {
    return compare_with_log(state_->archive(), state_->disk(), state_->files());
}

std::vector<Finding> Log::compare_with(std::string_view checkpoint_note) const {
    return state_->compare_with(checkpoint_note);
}

}  // namespace mailkeep::archive
