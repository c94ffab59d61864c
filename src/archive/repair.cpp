// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/repair.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "archive_files.hpp"
#include "file_copy.hpp"
#include "file_header.hpp"
#include "journal.hpp"
#include "journal_exam.hpp"
#include "mend.hpp"
#include "pack_format.hpp"
#include "pack_groups.hpp"
#include "remake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

/// Below DATA: what is made of several copies, until it is proven.
constexpr const char* draft_name = "mending.tmp";

void require_copies(Disk& disk, const std::string& uuid, const std::vector<fs::path>& copies) {
    for (const auto& copy : copies) {
        const auto found = uuid_of(disk, copy);
        if (found.empty()) {
            throw Error(Errc::not_found, "there is no replica in " + copy.string(),
                        "Mount its disk, or name another folder with --from.");
        }
        if (!uuid.empty() && found != uuid) {
            throw Error(Errc::conflict, copy.string() + " is a replica of another archive",
                        "Name a replica of this one with --from.");
        }
    }
}

class Mender {
  public:
    Mender(Disk& disk, const fs::path& data, const std::vector<fs::path>& copies,
           const DataKey& key)
        : disk_(disk),
          data_(data),
          copies_(copies),
          key_(key),
          lock_(data),
          reserve_(data),
          uuid_(uuid_of(disk, data)),
          messages_(disk, data, key) {
        require_copies(disk_, uuid_, copies_);
    }

    Repaired mend_identity() {
        const auto text = read_text(disk_, data_ / archive_file);
        if (!text || !is_sealed(*text)) {
            mend_identity_file();
        }
        mend_key_slots();
        return std::move(result_);
    }

    Repaired mend_files() {
        // What an earlier attempt may have left.
        static_cast<void>(disk_.remove(data_ / draft_name) == 0);
        mend_journals();
        place_misplaced_packs();
        mend_packs();
        clear_misplaced_packs();
        return std::move(result_);
    }

  private:
    void mended(const std::string& name, const std::string& what) {
        log_info("repair.mended", {{"file", name}, {"how", what}});
        result_.mended.push_back({name, what});
    }

    void lost(const std::string& name, std::string what) {
        result_.lost.push_back({name, std::move(what)});
    }

    /// Leaves the place to what comes in its stead. As a second link if the file system knows such:
    /// then there is no moment without the file.
    void keep_damaged(const std::string& name) {
        if (!stands(data_ / name)) {
            make_folder_of(disk_, data_, name);
            return;
        }
        if (!link_into_trash(disk_, data_, name)) {
            move_to_trash(disk_, data_, name);
        }
    }

    /// Puts the first `size` octets of a proven file in the place of the damaged one.
    bool put_in_place(const std::string& name, const fs::path& from, std::uint64_t size,
                      const std::optional<Digest>& digest = std::nullopt) {
        const ReadableFile source(disk_, from);
        if (digest && digest_of_range(source, 0, size) != digest) {
            return false;
        }
        keep_damaged(name);
        return copy_file(disk_, reserve_, source, size, data_ / name, digest) ==
               CopyOutcome::copied;
    }

    void mend_identity_file() {
        for (const auto& copy : copies_) {
            const auto text = read_text(disk_, copy / archive_file);
            if (text && is_sealed(*text) &&
                put_in_place(archive_file, copy / archive_file, text->size())) {
                mended(archive_file, "copied from " + copy.string());
                return;
            }
        }
        lost(archive_file, "is damaged, and no replica has it whole");
    }

    /// One that was removed on purpose does not come back, unless none is left.
    void mend_key_slots() {
        const auto slots = key_slots(data_);
        const bool is_locked_out = std::none_of(
            slots.begin(), slots.end(), [](const auto& slot) { return slot.problem.empty(); });
        for (const auto& copy : copies_) {
            for (const auto& slot : key_slots(copy)) {
                const auto name = key_slot_file(slot.name);
                const auto here = std::find_if(slots.begin(), slots.end(), [&](const auto& ours) {
                    return ours.name == slot.name;
                });
                const bool is_wanted = here == slots.end() ? is_locked_out : !here->problem.empty();
                if (!slot.problem.empty() || !is_wanted || is_mended(name)) {
                    continue;
                }
                const auto size = ReadableFile(disk_, copy / name).size();
                if (put_in_place(name, copy / name, size)) {
                    mended(name, "copied from " + copy.string());
                }
            }
        }
        for (const auto& slot : slots) {
            if (const auto name = key_slot_file(slot.name);
                !slot.problem.empty() && !is_mended(name)) {
                lost(name, slot.problem);
            }
        }
    }

    [[nodiscard]] bool is_mended(const std::string& name) const {
        return std::any_of(result_.mended.begin(), result_.mended.end(),
                           [&](const auto& finding) { return finding.object == name; });
    }

    /// All that may hold octets of a file, the archive's own first.
    [[nodiscard]] std::vector<fs::path> places_of(const std::string& name) const {
        std::vector<fs::path> places{data_ / name};
        for (const auto& copy : copies_) {
            places.push_back(copy / name);
        }
        for (const auto& folder : trash_folders()) {
            const auto kept = trashed(folder, name);
            places.insert(places.end(), kept.begin(), kept.end());
        }
        return places;
    }

    [[nodiscard]] std::vector<fs::path> trash_folders() const {
        std::vector<fs::path> folders{data_};
        folders.insert(folders.end(), copies_.begin(), copies_.end());
        return folders;
    }

    [[nodiscard]] std::vector<FileCopy> open_copies(const std::string& name) const {
        std::vector<FileCopy> copies;
        for (const auto& place : places_of(name)) {
            if (auto copy = open_copy(disk_, place);
                copy && !(copy->header && is_of_another_file(*copy->header, name))) {
                copies.push_back(std::move(*copy));
            }
        }
        return copies;
    }

    [[nodiscard]] bool is_of_another_file(const FileHeader& header, const std::string& name) const {
        return header.archive_uuid != uuid_ ||
               (header.kind == FileKind::journal && journal_name(header.epoch, header.n) != name);
    }

    [[nodiscard]] std::optional<FileHeader> header_in(const std::vector<FileCopy>& copies,
                                                      const std::string& name) const {
        for (const auto& copy : copies) {
            if (copy.header) {
                return copy.header;
            }
        }
        for (const auto& copy : copies) {
            const auto header = repeated_header(*copy.file, key_);
            if (header && !is_of_another_file(*header, name)) {
                return header;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] FrameCodec codec_for(const FileHeader& header) const {
        return {header.archive_uuid, header.file_uuid, key_};
    }

    void mend_journals() {
        const auto names = names_in(journal_files);
        std::map<std::string, FileHeader> headers;
        for (const auto& name : names) {
            if (const auto header = header_in(open_copies(name), name)) {
                headers.emplace(name, *header);
            }
        }
        const auto groups = closed_groups(disk_, data_, key_);
        for (const auto& name : names) {
            const auto next = headers.upper_bound(name);
            const auto limit = next == headers.end() ? no_limit : next->second.batch_before;
            const auto header = headers.find(name);
            if (header != headers.end()) {
                mend_journal(name, header->second, limit, groups);
            } else if (!is_unfinished(name)) {
                lost(name, "has a damaged file header, and no copy has it whole");
            }
        }
    }

    /// Of this archive and the copies.
    template <class Listing>
    [[nodiscard]] std::set<std::string> names_in(const Listing& listing) const {
        std::set<std::string> names;
        for (const auto& folder : trash_folders()) {
            const auto listed = listing(folder);
            names.insert(listed.begin(), listed.end());
        }
        return names;
    }

    /// A crash came while it was made; nothing is in it.
    [[nodiscard]] bool is_unfinished(const std::string& name) const {
        const ReadableFile file(disk_, data_ / name);
        return file.problem().empty() && file.size() <= file_header_size;
    }

    void mend_journal(const std::string& name, const FileHeader& header, std::uint64_t limit,
                      const PackGroups& groups) {
        auto copies = open_copies(name);
        const auto codec = codec_for(header);
        const bool is_here = !copies.empty() && copies.front().path == data_ / name;
        JournalExam ours;
        JournalExam best;
        for (const auto& copy : copies) {
            auto exam = examine_journal(*copy.file, header, codec, limit, ScanDepth::tags);
            if (&copy == &copies.front() && is_here) {
                ours = exam;
            }
            best = exam.last > best.last ? std::move(exam) : std::move(best);
        }
        const bool is_sound = is_here && copies.front().header && ours.is_whole;
        if (is_sound && ours.last >= best.last) {
            return;
        }
        if (!is_here && !stands(data_ / name) &&
            (best.last <= header.batch_before || groups.hold(header.batch_before + 1, best.last))) {
            return;  // packs hold what was in it
        }
        rebuild_journal(name, header, limit, is_here ? &ours : nullptr, copies);
    }

    void rebuild_journal(const std::string& name, const FileHeader& header, std::uint64_t limit,
                         const JournalExam* ours, std::vector<FileCopy>& copies) {
        const auto codec = codec_for(header);
        const auto draft = write_draft(header, codec, copies);
        const auto remade = remake_blocks(disk_, reserve_, draft, codec, messages_);
        const ReadableFile made(disk_, draft);
        const auto exam = examine_journal(made, header, codec, limit, ScanDepth::tags);
        const bool is_better = ours == nullptr || !copies.front().header ||
                               exam.intact_frames > ours->intact_frames || exam.last > ours->last;
        if ((is_better || exam.is_whole) &&
            put_in_place(name, draft, exam.is_whole ? exam.end : made.size())) {
            mended(name, fmt::format("made of {} copies, {} intact frames, {} made anew",
                                     copies.size(), exam.intact_frames, remade));
        }
        if (!exam.is_whole) {
            lost(name, "is damaged, and no copy has all of it");
        }
        remove_file(disk_, draft);
    }

    [[nodiscard]] fs::path write_draft(const FileHeader& header, const FrameCodec& codec,
                                       std::vector<FileCopy>& copies) const {
        for (auto& copy : copies) {
            find_frames(copy, codec);
        }
        const auto draft = data_ / draft_name;
        write_assembled(disk_, reserve_, header, assemble(copies, codec), draft);
        return draft;
    }

    /// What is whole on the wrong shelf is as good as any copy.
    void place_misplaced_packs() {
        for (const auto& stray : misplaced_packs(data_)) {
            const auto name = proper_place(stray).value();
            const auto size = ReadableFile(disk_, data_ / stray).size();
            if (!is_whole_pack(data_ / name, name) && is_whole_pack(data_ / stray, name) &&
                put_in_place(name, data_ / stray, size, digest_in(name))) {
                mended(name, "was found as " + stray);
            }
        }
    }

    /// A damaged one stays as long as it is all there is.
    void clear_misplaced_packs() {
        for (const auto& stray : misplaced_packs(data_)) {
            const auto name = proper_place(stray).value();
            if (is_whole_pack(data_ / name, name)) {
                move_to_trash(disk_, data_, stray);
                mended(stray, "moved to the trash");
            } else {
                lost(stray, "is damaged, and not where it is looked for");
            }
        }
    }

    [[nodiscard]] bool is_whole_pack(const fs::path& place, const std::string& name) const {
        const ReadableFile file(disk_, place);
        return file.size() > 0 && digest_of_range(file, 0, file.size()) == digest_in(name);
    }

    void mend_packs() {
        const auto groups = closed_groups(disk_, data_, key_);
        for (const auto& name : names_in(pack_files)) {
            if (stands(data_ / name) || !is_dispensable(name, groups)) {
                mend_pack(name);
            }
        }
    }

    /// Whether a pack that is not here need not be: replaced, or of a group that never counted.
    [[nodiscard]] bool is_dispensable(const std::string& name, const PackGroups& groups) const {
        return groups.replaced.contains(name) || !trashed(data_, name).empty() ||
               std::none_of(copies_.begin(), copies_.end(), [&](const auto& copy) {
                   return closed_groups(disk_, copy, key_).members.contains(name);
               });
    }

    void mend_pack(const std::string& name) {
        for (const auto& place : places_of(name)) {
            if (!is_whole_pack(place, name)) {
                continue;
            }
            const auto size = ReadableFile(disk_, place).size();
            if (place != data_ / name && put_in_place(name, place, size, digest_in(name))) {
                mended(name, "copied from " + place.string());
            }
            return;
        }
        rebuild_pack(name);
    }

    void rebuild_pack(const std::string& name) {
        auto copies = open_copies(name);
        const auto header = header_in(copies, name);
        if (!header) {
            lost(name, "cannot be read, and no copy can");
            return;
        }
        const auto draft = write_draft(*header, codec_for(*header), copies);
        const ReadableFile made(disk_, draft);
        const bool is_here = copies.front().path == data_ / name;
        const bool is_whole = digest_of_range(made, 0, made.size()) == digest_in(name);
        FileCopy result{.path = draft, .file = std::make_unique<ReadableFile>(disk_, draft)};
        find_frames(result, codec_for(*header));
        const bool is_better = !is_here || !copies.front().header ||
                               result.frames.size() > copies.front().frames.size();
        if ((is_whole || is_better) && put_in_place(name, draft, made.size())) {
            mended(name, fmt::format("made of {} copies, {} intact frames", copies.size(),
                                     result.frames.size()));
        }
        if (!is_whole) {
            lost(name, "is damaged, and no copy has all of it");
        }
        remove_file(disk_, draft);
    }

    Disk& disk_;
    const fs::path& data_;
    const std::vector<fs::path>& copies_;
    const DataKey& key_;
    WriterLock lock_;
    Reserve reserve_;
    std::string uuid_;
    JournalMessages messages_;
    Repaired result_;
};

}  // namespace

void Repaired::add(const Repaired& more) {
    mended.insert(mended.end(), more.mended.begin(), more.mended.end());
    lost.insert(lost.end(), more.lost.begin(), more.lost.end());
}

Repaired repair_identity(const fs::path& data, const std::vector<fs::path>& copies, Disk& disk) {
    return Mender(disk, data, copies, {}).mend_identity();
}

Repaired repair_files(const fs::path& data, const std::vector<fs::path>& copies, const DataKey& key,
                      Disk& disk) {
    return Mender(disk, data, copies, key).mend_files();
}

Repaired repair_identity(const fs::path& data, const std::vector<fs::path>& copies) {
    Disk disk;
    return repair_identity(data, copies, disk);
}

Repaired repair_files(const fs::path& data, const std::vector<fs::path>& copies,
                      const DataKey& key) {
    Disk disk;
    return repair_files(data, copies, key, disk);
}

}  // namespace mailkeep::archive
