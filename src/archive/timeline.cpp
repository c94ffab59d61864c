// SPDX-License-Identifier: Apache-2.0
#include "timeline.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "journal.hpp"
#include "message_reader.hpp"
#include "scan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::archive {

namespace {

namespace fs = std::filesystem;

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

/// A crash between making a file and syncing its header leaves it short, or long but empty.
bool is_unfinished(std::string_view octets) {
    return octets.size() < file_header_size ||
           octets.find_first_not_of('\0') == std::string_view::npos;
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
    } else if (is_unfinished(*octets) && journal.size <= file_header_size) {
        journal.state = State::unfinished;
    } else if (const auto header = decode_file_header(*octets); !header) {
        journal.damage = "has a damaged file header";
    } else {
        journal.header = *header;
        journal.codec = FrameCodec(header->archive_uuid, header->file_uuid, key);
        journal.damage = damage_of(*header, name, archive_uuid, key);
        journal.state = journal.damage.empty() ? State::usable : State::damaged;
    }
    return journal;
}

[[noreturn]] void throw_damaged(const std::string& object, std::string_view what) {
    throw Error(Errc::corrupt, fmt::format("{} {}", object, what));
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
        const auto is_whole = [&](const auto& message) { return reader.read(message).has_value(); };
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
        files.push_back(survey(disk, data, name, archive_uuid, key));
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

Tip Timeline::find_tip(TipSearch search) const {
    for (auto i = files_.size(); i-- > 0;) {
        const auto& journal = files_[i];
        if (journal.state == JournalFile::State::unfinished) {
            continue;
        }
        if (journal.state == JournalFile::State::damaged) {
            throw_damaged(journal.name, journal.damage);
        }
        const ReadableFile file(disk_, data_ / journal.name);
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
            return {batch->commit.number, batch->commit.digest};
        }
        const auto number = journal.header.batch_before;
        return {number, digest_of_batch(number, i)};
    }
    return {};
}

/// The batch stands in the last file begun before it was written.
Digest Timeline::digest_of_batch(std::uint64_t number, std::size_t before_file) const {
    for (auto i = before_file; i-- > 0;) {
        const auto& journal = files_[i];
        if (journal.state != JournalFile::State::usable || journal.header.batch_before >= number) {
            continue;
        }
        const ReadableFile file(disk_, data_ / journal.name);
        const auto scan = scan_frames(file, journal.codec, file_header_size, ScanDepth::skeleton);
        for (const auto& batch : scan.batches) {
            if (batch.fits && batch.commit.number == number) {
                return batch.commit.digest;
            }
        }
        return {};
    }
    return {};
}

void Timeline::for_each_batch(std::uint64_t after, std::uint64_t last,
                              const std::function<void(const CommittedBatch&)>& sink) const {
    std::optional<Place> place;
    for (std::size_t i = 0; i < files_.size(); ++i) {
        const auto& journal = files_[i];
        const auto upto = std::min(void_above(i).value_or(last), last);
        if (upto <= after || journal.state == JournalFile::State::unfinished) {
            continue;
        }
        if (journal.state == JournalFile::State::damaged) {
            throw_damaged(journal.name, journal.damage);
        }
        if (!place) {
            place = Place{std::min(after, journal.header.batch_before), {}};
        }
        if (journal.header.batch_before != place->number) {
            throw_damaged(journal.name,
                          fmt::format("follows batch {}, but the last one before it is {}",
                                      journal.header.batch_before, place->number));
        }
        read_file(journal, after, upto, *place, sink);
    }
    if (last > after && (!place || place->number != last)) {
        throw_damaged(std::string(journal_folder), fmt::format("lacks batch {}", last));
    }
}

void Timeline::read_file(const JournalFile& journal, std::uint64_t after, std::uint64_t last,
                         Place& place,
                         const std::function<void(const CommittedBatch&)>& sink) const {
    const ReadableFile file(disk_, data_ / journal.name);
    const auto scan = scan_frames(file, journal.codec, file_header_size, ScanDepth::skeleton);
    for (const auto& found : scan.batches) {
        if (place.number == last) {
            break;
        }
        const auto offset = scan.frames[found.first_frame].offset;
        const auto object = fmt::format("{} batch at {}", journal.name, offset);
        if (!found.fits || found.commit.number != place.number + 1 ||
            !follows(found.commit.before, place.digest)) {
            throw_damaged(object, fmt::format("is not batch {}", place.number + 1));
        }
        const auto batch = read_batch(file, journal.codec, scan, found, journal.name);
        if (!batch) {
            throw_damaged(object, "is damaged");
        }
        place = {found.commit.number, found.commit.digest};
        if (batch->number > after) {
            sink(*batch);
        }
    }
    if (place.number != last) {
        throw_damaged(journal.name, fmt::format("has lost batch {}", place.number + 1));
    }
}

}  // namespace mailkeep::archive
