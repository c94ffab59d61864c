// SPDX-License-Identifier: Apache-2.0
#include "timeline.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "file_header.hpp"
#include "journal.hpp"
#include "message_reader.hpp"
#include "scan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::archive {

namespace {

namespace fs = std::filesystem;

constexpr const char* damaged_header = "has a damaged file header";

std::optional<std::vector<std::string>> journal_names(const fs::path& data) {
    std::vector<std::string> names;
    std::error_code problem;
    fs::directory_iterator entry(data / journal_folder, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        if (auto name = entry->path().filename().string(); epoch_in(name)) {
            names.push_back(std::string(journal_folder) + "/" + name);
        }
    }
    if (problem) {
        return std::nullopt;
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// A crash between making a file and syncing its header leaves it short, or with any octets in the
/// header's place: a disk may show what stood there before. Batches come only after that sync.
bool is_unfinished(std::string_view octets, std::uint64_t size) {
    return size <= file_header_size && !decode_file_header(octets);
}

std::string damage_of(const FileHeader& header, const std::string& name,
                      std::string_view archive_uuid, const DataKey& key) {
    if (header.kind != FileKind::journal) {
        return "is no journal";
    }
    if (header.version != format_version || (header.flags & ~encrypted_file_flag) != 0) {
        return "was written by a newer mailkeep";
    }
    if (((header.flags & encrypted_file_flag) == 0) != key.empty()) {
        return key.empty() ? "is encrypted, but the archive is not"
                           : "is not encrypted, but the archive is";
    }
    if (header.archive_uuid != archive_uuid) {
        return "belongs to another archive";
    }
    if (journal_name(header.epoch, header.n) != name) {
        return "has been renamed";
    }
    return {};
}

JournalFile survey(Disk& disk, const fs::path& data, const std::string& name,
                   std::string_view archive_uuid, const DataKey& key) {
    using State = JournalFile::State;
    JournalFile journal{
        .name = name, .state = State::damaged, .header = {}, .codec = {}, .damage = {}};
    const ReadableFile file(disk, data / name);
    journal.size = file.size();
    const auto octets = file.problem().empty() ? file.read(0, file_header_size) : std::nullopt;
    if (!octets) {
        journal.damage = "cannot be read: " + file.problem();
    } else if (is_unfinished(*octets, journal.size)) {
        journal.state = State::unfinished;
    } else if (const auto header = find_header(file, key); !header) {
        journal.damage = damaged_header;
    } else {
        journal.header = *header;
        journal.codec = FrameCodec(header->archive_uuid, header->file_uuid, key);
        journal.damage = damage_of(*header, name, archive_uuid, key);
        journal.state = journal.damage.empty() ? State::usable : State::damaged;
        if (journal.damage.empty() && *octets != encode(*header)) {
            journal.damage = damaged_header;
        }
    }
    return journal;
}

bool is_on_disk(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
}

[[noreturn]] void throw_damaged(const std::string& object, std::string_view what) {
    throw Error(Errc::corrupt, fmt::format("{} {}", object, what));
}

std::string batch_name(const JournalFile& journal, const Scan& scan, const FoundBatch& found) {
    return fmt::format("{} batch at {}", journal.name, scan.frames[found.first_frame].offset);
}

/// The last batch of the file that counts; nothing when none does. Only the last one in the file
/// can have escaped the proof that a commit ends with, so it is proven here.
const FoundBatch* last_whole_batch(const ReadableFile& file, const Scan& scan,
                                   const JournalFile& journal) {
    for (auto batch = scan.batches.rbegin(); batch != scan.batches.rend(); ++batch) {
        if (!batch->is_intact || batch->commit.number <= journal.header.batch_before) {
            continue;
        }
        const auto contents = read_batch(file, journal.codec, scan, *batch, journal.name);
        MessageReader reader(file, journal.codec);
        const auto is_whole = [&](const auto& message) {
            return reader.read(message, [](std::string_view) {});
        };
        if (contents &&
            (batch != scan.batches.rbegin() ||
             std::all_of(contents->messages.begin(), contents->messages.end(), is_whole))) {
            return &*batch;
        }
    }
    return nullptr;
}

}  // namespace

bool follows(const Digest& before, const Digest& digest_of_last) {
    return before == digest_of_last || before == Digest{} || digest_of_last == Digest{};
}

std::optional<std::vector<JournalFile>> survey_journals(Disk& disk, const fs::path& data,
                                                        std::string_view archive_uuid,
                                                        const DataKey& key) {
    const auto names = journal_names(data);
    if (!names) {
        return std::nullopt;
    }
    std::vector<JournalFile> files;
    for (const auto& name : *names) {
        auto journal = survey(disk, data, name, archive_uuid, key);
        // The process that writes may have sealed and removed it since the folder was read.
        if (journal.state != JournalFile::State::damaged || is_on_disk(data / name)) {
            files.push_back(std::move(journal));
        }
    }
    return files;
}

Timeline::Timeline(Disk& disk, fs::path data, std::string_view archive_uuid, const DataKey& key)
    : disk_(disk), data_(std::move(data)) {
    auto files = survey_journals(disk_, data_, archive_uuid, key);
    if (!files) {
        throw_damaged(std::string(journal_folder), "cannot be read");
    }
    files_ = std::move(*files);
}

std::optional<std::uint64_t> Timeline::void_above(std::size_t index) const {
    for (auto i = index + 1; i < files_.size(); ++i) {
        if (files_[i].state == JournalFile::State::usable) {
            return files_[i].header.batch_before;
        }
    }
    return std::nullopt;
}

bool Timeline::is_removed(const JournalFile& journal) const {
    return !is_on_disk(data_ / journal.name);
}

std::optional<Tip> Timeline::find_tip(TipSearch search, const Tip& sealed) const {
    const auto later = [&sealed](const Tip& found) {
        return found.number > sealed.number ? found : sealed;
    };
    for (auto i = files_.size(); i-- > 0;) {
        const auto& journal = files_[i];
        if (journal.state == JournalFile::State::unfinished) {
            continue;
        }
        if (journal.state == JournalFile::State::damaged) {
            throw_damaged(journal.name, journal.damage);
        }
        const ReadableFile file(disk_, data_ / journal.name);
        if (!file.problem().empty() && is_removed(journal)) {
            return std::nullopt;
        }
        if (search == TipSearch::settled) {
            sync_folder(disk_, data_ / journal_folder);
            file.sync();
            file.bypass_cache(0);
        }
        const auto scan = scan_frames(file, journal.codec, file_header_size, ScanDepth::tags);
        const auto* batch = last_whole_batch(file, scan, journal);
        // Not to be taken for a torn tail, which the next file would declare void.
        if (!file.problem().empty() || file.has_failed()) {
            throw Error(Errc::storage, "cannot read " + journal.name + " " + file.problem());
        }
        const auto end = batch == nullptr ? std::uint64_t{file_header_size}
                                          : scan.frames[batch->commit_frame].end();
        if (search == TipSearch::settled && end < scan.end) {
            log_warning("archive.tail_passed_over", {{"file", journal.name}, {"from", end}});
        }
        if (batch != nullptr) {
            return later({batch->commit.number, batch->commit.digest});
        }
        const auto number = journal.header.batch_before;
        return number <= sealed.number
                   ? sealed
                   : Tip{number, find_batch(number, i).value_or(CommitRecord{}).digest};
    }
    return sealed;
}

/// The batch stands in the last file begun before it was written.
std::optional<CommitRecord> Timeline::find_batch(std::uint64_t number,
                                                 std::size_t before_file) const {
    for (auto i = before_file; i-- > 0;) {
        const auto& journal = files_[i];
        if (journal.state != JournalFile::State::usable || journal.header.batch_before >= number) {
            continue;
        }
        const ReadableFile file(disk_, data_ / journal.name);
        const auto scan = scan_frames(file, journal.codec, file_header_size, ScanDepth::skeleton);
        for (const auto& batch : scan.batches) {
            if (batch.fits && batch.commit.number == number) {
                return batch.commit;
            }
        }
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Timestamp> Timeline::time_of(std::uint64_t number) const {
    const auto found = find_batch(number, files_.size());
    return found ? std::optional(found->at) : std::nullopt;
}

Tip Timeline::for_each_placed(const Tip& after, std::uint64_t last,
                              const BatchVisitor& visit) const {
    std::optional<Tip> place;
    for (std::size_t i = 0; i < files_.size() && (!place || place->number < last); ++i) {
        const auto& journal = files_[i];
        const auto upto = std::min(void_above(i).value_or(last), last);
        if (upto <= after.number || journal.state == JournalFile::State::unfinished) {
            continue;
        }
        if (journal.state == JournalFile::State::damaged) {
            throw_damaged(journal.name, journal.damage);
        }
        const auto before = journal.header.batch_before;
        if (!place) {
            place = before < after.number ? Tip{before, {}} : after;
        }
        if (before != place->number) {
            throw_damaged(journal.name,
                          fmt::format("follows batch {}, but the last one before it is {}", before,
                                      place->number));
        }
        const auto damage =
            visit_file(journal, ScanDepth::skeleton, upto, *place, [&](const PlacedBatch& batch) {
                if (batch.found.commit.number > after.number) {
                    visit(batch);
                }
            });
        if (damage && is_removed(journal)) {
            return place->number > after.number ? *place : after;
        }
        if (damage) {
            throw_damaged(damage->object, damage->what);
        }
    }
    if (last > after.number && (!place || place->number != last)) {
        throw_damaged(std::string(journal_folder), fmt::format("lacks batch {}", last));
    }
    return place.value_or(after);
}

Tip Timeline::for_each_batch(const Tip& after, std::uint64_t last,
                             const std::function<void(const CommittedBatch&)>& sink) const {
    return for_each_placed(after, last, [&](const PlacedBatch& placed) {
        const auto& [journal, file, scan, found] = placed;
        const auto batch = read_batch(file, journal.codec, scan, found, journal.name);
        if (!batch) {
            throw_damaged(batch_name(journal, scan, found), "is damaged");
        }
        sink(*batch);
    });
}

std::optional<Finding> Timeline::damage_in(std::size_t index, std::uint64_t last) const {
    const auto& journal = files_[index];
    if (journal.state != JournalFile::State::usable) {
        return Finding{journal.name, journal.damage};
    }
    std::optional<Finding> damage;
    Tip place{journal.header.batch_before, {}};
    const auto lost = visit_file(journal, ScanDepth::tags, last, place, [&](const auto& placed) {
        const auto& [from, file, scan, found] = placed;
        if (!damage &&
            (!found.is_intact || !read_batch(file, from.codec, scan, found, from.name))) {
            damage = Finding{batch_name(from, scan, found), "is damaged"};
        }
    });
    return damage ? damage : lost;
}

/// Batches of one file, from the one after `place` to `last`; place follows. What is wrong, or
/// nothing.
std::optional<Finding> Timeline::visit_file(const JournalFile& journal, ScanDepth depth,
                                            std::uint64_t last, Tip& place,
                                            const BatchVisitor& visit) const {
    const ReadableFile file(disk_, data_ / journal.name);
    const auto scan = scan_frames(file, journal.codec, file_header_size, depth);
    for (const auto& found : scan.batches) {
        if (place.number == last) {
            break;
        }
        if (!found.fits || found.commit.number != place.number + 1 ||
            !follows(found.commit.before, place.digest)) {
            return Finding{batch_name(journal, scan, found),
                           fmt::format("is not batch {}", place.number + 1)};
        }
        place = {found.commit.number, found.commit.digest};
        visit({journal, file, scan, found});
    }
    if (place.number != last) {
        return Finding{journal.name, fmt::format("has lost batch {}", place.number + 1)};
    }
    return std::nullopt;
}

}  // namespace mailkeep::archive
