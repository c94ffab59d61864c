// SPDX-License-Identifier: Apache-2.0
// What is copied in which order: ARCHIVE first, so that an interrupted first copy is known again;
// journals before packs, so that what is sealed meanwhile is found in one of the two places; what
// the replica no longer needs goes last. Which files may be written over is decided in one place
// for each kind: settle_journal() and copy_pack().
#include "mailkeep/archive/replica.hpp"

#include "mailkeep/archive/log.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "archive_files.hpp"
#include "file_copy.hpp"
#include "journal.hpp"
#include "journal_exam.hpp"
#include "pack_format.hpp"
#include "replica_folder.hpp"
#include "tiles.hpp"
#include "timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

/// Enough of a file's end to tell it from another: the end of a journal is a digest over its last
/// batch.
constexpr std::uint64_t telling_end = 4096;
constexpr std::string_view log_key_file = "keys/log.key";
/// The one file of the log that is written anew: a copy of the newest checkpoint.
constexpr std::string_view shown_checkpoint = "log/checkpoint";

/// Whether each frame that is intact there is one that counts here: the same by number and tag, at
/// whatever offset.
bool holds_no_more(const Scan& there, const JournalExam& here) {
    std::map<std::uint64_t, Tag> tags;
    for (const auto& frame : here.scan.frames) {
        if (frame.is_intact && frame.end() <= here.end) {
            tags.emplace(frame.header.seq, frame.tag);
        }
    }
    return std::all_of(there.frames.begin(), there.frames.end(), [&](const auto& frame) {
        const auto known = tags.find(frame.header.seq);
        return !frame.is_intact || (known != tags.end() && known->second == frame.tag);
    });
}

class Replicator {
  public:
    Replicator(Disk& disk, const Archive& archive, const ReplicaOptions& options,
               const std::stop_token& stop, ReplicaFolder& replica)
        : disk_(disk),
          archive_(archive),
          depth_(options.depth),
          stop_(stop),
          replica_(replica),
          reserve_(replica.path()) {}

    Replicated run() {
        // The end first: what is committed from now on is for the next time.
        result_.last_batch = archive_.last_batch();
        copy_identity();
        copy_key_slots();
        copy_journals();
        copy_packs();
        copy_log();
        remove_what_packs_replace();
        return std::move(result_);
    }

  private:
    [[nodiscard]] const fs::path& data() const { return archive_.data(); }

    void problem(const std::string& object, std::string what) {
        log_warning("replica.problem", {{"object", object}, {"problem", what}});
        result_.problems.push_back({object, std::move(what)});
    }

    [[nodiscard]] std::string repair_of_archive() const {
        return "run: mailkeep repair --from " + replica_.path().string();
    }

    void next_file() const {
        if (stop_.stop_requested()) {
            throw Error(Errc::cancelled, "cancelled");
        }
    }

    void count_copied(std::uint64_t octets) {
        ++result_.copied;
        ++result_.verified;
        result_.bytes += octets;
    }

    /// Makes room for a file: what stands there and is none, or cannot be read, is kept in trash/.
    void clear(const std::string& name) {
        make_folder_of(disk_, replica_.path(), name);
        const auto path = replica_.path() / name;
        if (stands(path) && !ReadableFile(disk_, path).problem().empty()) {
            move_to_trash(disk_, replica_.path(), name);
        }
    }

    /// False when the primary's file cannot be read; then it is reported.
    bool copy_whole(const std::string& name, const ReadableFile& source, std::uint64_t size) {
        clear(name);
        if (copy_file(disk_, reserve_, source, size, replica_.path() / name) !=
            CopyOutcome::copied) {
            problem(name, "cannot be read; " + repair_of_archive());
            return false;
        }
        count_copied(size);
        return true;
    }

    /// Small files that are written anew as a whole.
    void copy_small(const std::string& name) {
        const ReadableFile ours(disk_, data() / name);
        const ReadableFile theirs(disk_, replica_.path() / name);
        if (theirs.problem().empty() && ours.size() == theirs.size() &&
            first_difference(ours, theirs, 0, ours.size()) == ours.size()) {
            ++result_.already_there;
            ++result_.verified;
        } else {
            static_cast<void>(copy_whole(name, ours, ours.size()));
        }
    }

    void copy_identity() {
        const ReadableFile file(disk_, data() / archive_file);
        const auto text = file.problem().empty() ? file.read(0, file.size()) : std::nullopt;
        if (!text || !is_sealed(*text)) {
            problem(archive_file, "is damaged; " + repair_of_archive());
        } else {
            copy_small(archive_file);
        }
    }

    void copy_key_slots() {
        for (const auto& slot : key_slots(data())) {
            const auto name = key_slot_file(slot.name);
            if (slot.problem.empty()) {
                copy_small(name);
            } else {
                problem(name, slot.problem + "; " + repair_of_archive());
            }
        }
    }

    void copy_journals() {
        make_folder_of(disk_, replica_.path(), std::string(journal_folder) + "/");
        const auto files = survey_journals(disk_, data(), replica_.uuid(), archive_.key());
        if (!files) {
            throw Error(Errc::corrupt, "the folder journal cannot be read");
        }
        for (auto file = files->begin(); file != files->end(); ++file) {
            next_file();
            const auto later = std::find_if(file + 1, files->end(), [](const auto& journal) {
                return journal.state == JournalFile::State::usable;
            });
            const auto limit = later == files->end()
                                   ? result_.last_batch
                                   : std::min(later->header.batch_before, result_.last_batch);
            journals_.insert(file->name);
            if (!file->damage.empty()) {
                copy_damaged_journal(*file);
            } else if (file->state == JournalFile::State::usable &&
                       file->header.batch_before < limit) {
                copy_journal(*file, limit);
            }
        }
    }

    /// Better than nothing, and nothing may be lost for it.
    void copy_damaged_journal(const JournalFile& journal) {
        problem(journal.name, journal.damage + "; " + repair_of_archive());
        const ReadableFile ours(disk_, data() / journal.name);
        if (ours.problem().empty() && !stands(replica_.path() / journal.name)) {
            static_cast<void>(copy_whole(journal.name, ours, ours.size()));
        }
    }

    void copy_journal(const JournalFile& journal, std::uint64_t limit) {
        const ReadableFile ours(disk_, data() / journal.name);
        if (!ours.problem().empty()) {
            return;  // sealed and removed since the folder was read, or reported as damaged
        }
        const auto exam =
            examine_journal(ours, journal.header, journal.codec, limit, ScanDepth::skeleton);
        put_aside_another_journal(journal.name);
        const ReadableFile theirs(disk_, replica_.path() / journal.name);
        if (theirs.problem().empty()) {
            update_journal(journal, ours, theirs, exam.end, limit);
        } else if (copy_whole(journal.name, ours, exam.end)) {
            check_copied(journal, ours, file_header_size, limit);
        }
    }

    /// A file that says itself that it belongs under another name.
    void put_aside_another_journal(const std::string& name) {
        const auto header = header_of(disk_, replica_.path() / name);
        if (header && journal_name(header->epoch, header->n) != name) {
            move_to_trash(disk_, replica_.path(), name);
        }
    }

    void update_journal(const JournalFile& journal, const ReadableFile& ours,
                        const ReadableFile& theirs, std::uint64_t end, std::uint64_t limit) {
        const auto target = replica_.path() / journal.name;
        const bool is_read_in_full = depth_ == Depth::full || is_growing(target);
        const auto shared = std::min(theirs.size(), end);
        const auto from = is_read_in_full ? 0 : shared - std::min(shared, telling_end);
        if (theirs.size() > end || first_difference(ours, theirs, from, shared) != shared) {
            settle_journal(journal, ours, theirs, limit);
            return;
        }
        if (shared < end) {
            extend(journal, ours, shared, end, limit);
            return;
        }
        has_grown(disk_, target);
        ++result_.already_there;
        result_.verified += is_read_in_full ? 1 : 0;
    }

    void extend(const JournalFile& journal, const ReadableFile& ours, std::uint64_t from,
                std::uint64_t end, std::uint64_t limit) {
        if (extend_file(disk_, reserve_, ours, from, end, replica_.path() / journal.name) !=
            CopyOutcome::copied) {
            problem(journal.name, "cannot be read; " + repair_of_archive());
            return;
        }
        count_copied(end - from);
        check_copied(journal, ours, from, limit);
    }

    /// What was copied is what stands here; whether that is whole is another question. It is asked
    /// after copying: most of a damaged journal is better than nothing of it.
    void check_copied(const JournalFile& journal, const ReadableFile& ours, std::uint64_t from,
                      std::uint64_t limit) {
        const auto scan = scan_frames(ours, journal.codec, from, ScanDepth::tags);
        const bool is_damaged = std::any_of(
            scan.batches.begin(), scan.batches.end(),
            [&](const auto& batch) { return batch.commit.number <= limit && !batch.is_intact; });
        const auto exam =
            examine_journal(ours, journal.header, journal.codec, limit, ScanDepth::skeleton);
        if (is_damaged || !exam.is_whole) {
            problem(journal.name, "is damaged; run: mailkeep verify, mailkeep repair");
        }
    }

    /// The two files differ where both have octets, or the replica's is longer. It is written over
    /// only when it holds no frame that is not whole here too.
    void settle_journal(const JournalFile& journal, const ReadableFile& ours,
                        const ReadableFile& theirs, std::uint64_t limit) {
        const auto exam =
            examine_journal(ours, journal.header, journal.codec, limit, ScanDepth::tags);
        const bool holds_nothing_else = holds_no_more(
            scan_frames(theirs, journal.codec, file_header_size, ScanDepth::tags), exam);
        if (holds_nothing_else && exam.is_whole) {
            if (copy_whole(journal.name, ours, exam.end)) {
                has_grown(disk_, replica_.path() / journal.name);
            }
        } else if (exam.is_whole) {
            problem(journal.name,
                    "stands in the replica with other contents, which is left alone; "
                    "was the replica written to as an archive of its own?");
        } else {
            report_better_replica(journal, ours, theirs, limit);
        }
    }

    /// The archive's own file is damaged. What the replica lacks of its end is still copied if all
    /// before is whole there.
    void report_better_replica(const JournalFile& journal, const ReadableFile& ours,
                               const ReadableFile& theirs, std::uint64_t limit) {
        problem(journal.name, "is damaged; " + repair_of_archive());
        const auto there =
            examine_journal(theirs, journal.header, journal.codec, no_limit, ScanDepth::tags);
        const auto here =
            examine_journal(ours, journal.header, journal.codec, limit, ScanDepth::skeleton);
        if (there.is_whole && there.end == theirs.size() && there.end < here.end) {
            extend(journal, ours, there.end, here.end, limit);
        }
    }

    void copy_packs() {
        for (const auto& name : pack_files(data())) {
            next_file();
            packs_.insert(name);
            copy_pack(name);
        }
    }

    /// A pack's name is the SHA-256 of its octets, so each side tells by itself whether it is
    /// whole.
    void copy_pack(const std::string& name) {
        const ReadableFile ours(disk_, data() / name);
        const ReadableFile theirs(disk_, replica_.path() / name);
        const auto digest = digest_in(name);
        if (theirs.problem().empty()) {
            const bool is_read = depth_ == Depth::full || theirs.size() != ours.size();
            if (!is_read || digest_of_range(theirs, 0, theirs.size()) == digest) {
                result_.verified += is_read ? 1 : 0;
                ++result_.already_there;
                if (theirs.size() != ours.size()) {
                    problem(name, "is damaged; " + repair_of_archive());
                }
                return;
            }
        }
        clear(name);
        const auto outcome =
            copy_file(disk_, reserve_, ours, ours.size(), replica_.path() / name, digest);
        if (outcome == CopyOutcome::copied) {
            count_copied(ours.size());
        } else if (stands(data() / name)) {  // else it was replaced since the folder was read
            problem(name, "is damaged and not copied; run: mailkeep verify, mailkeep repair");
        }
    }

    /// Files of the log grow at their end. One that does not begin with what the replica has is
    /// copied only where the log here proves to be whole.
    void copy_log() {
        std::optional<std::string> newest;
        do {  // until nothing was signed meanwhile: the tiles copied are those of the checkpoint
            newest = read_text(disk_, data() / shown_checkpoint);
            copy_log_files();
        } while (read_text(disk_, data() / shown_checkpoint) != newest);
        remove_outgrown_tiles();
        copy_sealed_log_key();
    }

    void copy_log_files() {
        for (const auto& name : log_files(data())) {
            next_file();
            const ReadableFile ours(disk_, data() / name);
            const ReadableFile theirs(disk_, replica_.path() / name);
            if (!stands(data() / name)) {
                continue;  // outgrown since the folder was read
            }
            const bool goes_on =
                !theirs.problem().empty() || name == shown_checkpoint ||
                (theirs.size() <= ours.size() &&
                 first_difference(ours, theirs, 0, theirs.size()) == theirs.size());
            if (goes_on || is_log_sound()) {
                copy_small(name);
            } else {
                problem(name,
                        "differs from the replica's and the log is damaged; copy it back "
                        "from " +
                            replica_.path().string());
            }
        }
    }

    /// As the archive's own log does it.
    void remove_outgrown_tiles() {
        for (const auto& name : log_files(replica_.path())) {
            const auto tile = tile_in(fs::path(name).lexically_relative(log_folder));
            if (tile && !stands(data() / name) && is_log_sound() &&
                is_outgrown(*tile, log_size())) {
                remove_file(disk_, replica_.path() / name);
            }
        }
    }

    [[nodiscard]] std::uint64_t log_size() {
        if (!log_size_) {
            const auto newest = Log(archive_).newest();
            log_size_ = newest ? newest->size : 0;
        }
        return *log_size_;
    }

    [[nodiscard]] bool is_log_sound() {
        if (!is_log_sound_) {
            is_log_sound_ = Log(archive_).check().damaged.empty();
        }
        return *is_log_sound_;
    }

    /// Only as it is sealed under the archive's key: as plain text it would let whoever gets hold
    /// of the replica sign a log of his own.
    void copy_sealed_log_key() {
        const auto text = read_text(disk_, data() / log_key_file);
        if (text && text->starts_with("sealed ")) {
            copy_small(std::string(log_key_file));
        }
    }

    void remove_what_packs_replace() {
        const auto lost = replica_.remove_replaced(journals_, packs_, archive_.key());
        for (const auto& name : lost) {
            problem(name, "stands in the replica only; " + repair_of_archive());
        }
    }

    Disk& disk_;
    const Archive& archive_;
    Depth depth_;
    const std::stop_token& stop_;
    ReplicaFolder& replica_;
    Reserve reserve_;
    std::set<std::string> journals_;         // of the archive
    std::set<std::string> packs_;            // of the archive
    std::optional<bool> is_log_sound_;       // once asked
    std::optional<std::uint64_t> log_size_;  // once asked
    Replicated result_;
};

}  // namespace

Replicated replicate(const Archive& archive, const fs::path& target, const ReplicaOptions& options,
                     const std::stop_token& stop, Disk& disk) {
    ReplicaFolder replica(disk, archive, target, options.state);
    return Replicator(disk, archive, options, stop, replica).run();
}

Replicated replicate(const Archive& archive, const fs::path& target, const ReplicaOptions& options,
                     const std::stop_token& stop) {
    Disk disk;
    return replicate(archive, target, options, stop, disk);
}

}  // namespace mailkeep::archive
