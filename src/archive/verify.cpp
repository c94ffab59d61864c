// SPDX-License-Identifier: Apache-2.0
#include "verify.hpp"

#include "mailkeep/base/crypto.hpp"

#include "archive_files.hpp"
#include "journal.hpp"
#include "message_reader.hpp"
#include "pack_exam.hpp"
#include "pack_format.hpp"
#include "scan.hpp"
#include "timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace mailkeep::archive {

namespace {

namespace fs = std::filesystem;

/// Whether the octets after the last batch are all of a batch, only not as they were written: they
/// end where a COMMIT frame ends. What a crash tears off ends anywhere else.
bool looks_complete(const ReadableFile& file, const Scan& scan, std::uint64_t tail) {
    if (!scan.frames.empty() && scan.frames.back().offset >= tail &&
        scan.frames.back().end() == scan.end) {
        return scan.frames.back().header.type == FrameType::commit;
    }
    if (scan.gaps.empty() || scan.gaps.back().end - scan.gaps.back().offset != commit_frame_size) {
        return false;
    }
    const auto header = file.read(scan.gaps.back().offset, frame_header_size);
    return !header || !decode_frame_header(*header);
}

class Inspector {
  public:
    Inspector(Disk& disk, const VerifyRequest& request, PackSet& packs)
        : disk_(disk), request_(request), packs_(packs) {}

    Verdict inspect() {
        survey_packs();
        inspect_packs();
        return inspect_journals();
    }

    /// One pack. What it lacks may stand in others, which are looked at like any other.
    Verdict inspect_only(const std::string& name) {
        packs_.refresh();
        const ReadableFile file(disk_, request_.data / name);
        file.bypass_cache(0);
        const PackReader pack(disk_, request_.data, name, request_.archive_uuid, request_.key);
        auto exam = frames_of(pack);
        rebuild_messages(pack, exam);
        file.bypass_cache(0);  // nobody else wants what was read here
        return std::move(verdict_);
    }

    Verdict inspect_only_journals() {
        survey_packs();
        for (const auto& name : journal_files(request_.data)) {
            const ReadableFile file(disk_, request_.data / name);
            file.bypass_cache(0);
        }
        return inspect_journals();
    }

  private:
    Verdict inspect_journals() {
        inspect_identity();
        inspect_folder();
        const auto files =
            survey_journals(disk_, request_.data, request_.archive_uuid, request_.key);
        if (!files) {
            damaged(std::string(journal_folder), "the folder cannot be read");
            return std::move(verdict_);
        }
        for (auto file = files->begin(); file != files->end(); ++file) {
            const auto later = std::find_if(file + 1, files->end(), [](const auto& journal) {
                return journal.state == JournalFile::State::usable;
            });
            limit_ =
                later == files->end() ? std::nullopt : std::optional(later->header.batch_before);
            inspect_journal(*file);
        }
        verdict_.last_batch = std::max(last_, sealed_.number);
        return std::move(verdict_);
    }

    void damaged(std::string object, std::string what) {
        verdict_.damaged.push_back({std::move(object), std::move(what)});
    }

    void note(std::string object, std::string what) {
        verdict_.notes.push_back({std::move(object), std::move(what)});
    }

    void inspect_identity() {
        const ReadableFile file(disk_, request_.data / "ARCHIVE");
        verdict_.bytes += file.size();
        if (file.read(0, file.size()) != request_.identity) {
            damaged("ARCHIVE", "is not what it was when it was opened");
        }
    }

    void inspect_folder() {
        std::error_code problem;
        fs::directory_iterator entry(request_.data / journal_folder, problem);
        for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
            if (const auto name = entry->path().filename().string(); !epoch_in(name)) {
                note(fmt::format("{}/{}", journal_folder, name), "is no file of the archive");
            }
        }
    }

    void inspect_journal(const JournalFile& journal) {
        verdict_.bytes += journal.size;
        if (journal.state == JournalFile::State::unfinished) {
            note(journal.name, "was never finished; nothing was committed to it");
            return;
        }
        const bool is_usable = journal.state == JournalFile::State::usable;
        if (!journal.damage.empty()) {
            damaged(journal.name, journal.damage);
        }
        if (is_usable) {
            continue_after(journal);
        } else {
            limit_.reset();
        }
        const ReadableFile file(disk_, request_.data / journal.name);
        const auto scan = scan_frames(file, journal.codec, file_header_size, ScanDepth::tags);
        if (is_usable) {
            inspect_batches(journal, file, scan);
        } else {
            inspect_frames(journal.name, scan, scan.end, {});
        }
        if (file.has_failed()) {
            damaged(journal.name, "cannot be read everywhere; the kernel log says more");
        }
    }

    void survey_packs() {
        packs_.refresh();
        for (const auto& name : misplaced_packs(request_.data)) {
            damaged(name, "is not where it is looked for: " + proper_place(name).value());
        }
        sealed_ = packs_.coverage().whole;
        if (const auto newest = packs_.coverage().newest; newest > sealed_.number) {
            damaged(std::string(packs_folder),
                    fmt::format("a pack with batch {} is missing", sealed_.number + 1));
        }
    }

    /// Messages are rebuilt where something is damaged, and everywhere when a blob that others use
    /// may be gone.
    void inspect_packs() {
        const auto names = packs_.counting();
        bool is_all = request_.depth == Depth::full || !verdict_.damaged.empty();
        std::vector<std::pair<std::string, PackExam>> passed_over;
        for (const auto& known : names) {
            const auto pack = packs_.open(known.name);
            auto exam = frames_of(*pack);
            is_all = is_all || may_lack_blobs(*pack, exam);
            if (is_all || !exam.damaged.empty()) {
                rebuild_messages(*pack, exam);
            } else {
                passed_over.emplace_back(known.name, std::move(exam));
            }
        }
        for (auto& [name, exam] : passed_over) {
            if (is_all) {
                rebuild_messages(*packs_.open(name), exam);
            }
        }
    }

    PackExam frames_of(const PackReader& pack) {
        auto exam = examine_frames(pack);
        verdict_.bytes += pack.size();
        verdict_.messages += exam.messages;
        return exam;
    }

    void rebuild_messages(const PackReader& pack, PackExam& exam) {
        if (exam.damaged.empty()) {
            inspect_name(pack.name(), exam);
        }
        BlobFinder blobs(packs_);
        rebuild(pack, blobs.as_function(), exam);
        verdict_.packs.push_back(summary_of(pack, exam));
        std::move(exam.damaged.begin(), exam.damaged.end(), std::back_inserter(verdict_.damaged));
    }

    /// A whole pack may still be another one: its name is the digest of its octets.
    void inspect_name(const std::string& name, PackExam& exam) {
        const ReadableFile file(disk_, request_.data / name);
        Sha256 hash;
        for (std::uint64_t at = 0; at < file.size(); at += file_piece) {
            hash.add(file.read(at, file_piece).value_or(std::string()));
        }
        if (file.problem().empty() && !file.has_failed() && hash.finish() != digest_in(name)) {
            exam.damaged.push_back({name, "is not the pack that it is named after"});
        }
    }

    /// The header says which batch was the last before this file. Packs may hold those between.
    void continue_after(const JournalFile& journal) {
        if (journal.header.batch_before <= sealed_.number && last_ <= sealed_.number) {
            last_digest_ = journal.header.batch_before == sealed_.number ? sealed_.digest
                           : journal.header.batch_before == last_        ? last_digest_
                                                                         : Digest{};
            last_ = journal.header.batch_before;
        }
        if (journal.header.batch_before != last_) {
            damaged(journal.name, fmt::format("follows batch {}, but the one found before it is {}",
                                              journal.header.batch_before, last_));
            last_ = journal.header.batch_before;
            last_digest_ = {};
        }
        if (!limit_ && request_.own_end && request_.own_end->epoch == journal.header.epoch) {
            limit_ = request_.own_end->last_batch;
        }
    }

    void inspect_batches(const JournalFile& journal, const ReadableFile& file, const Scan& scan) {
        std::uint64_t tail = file_header_size;
        std::vector<bool> is_claimed(scan.frames.size(), false);
        for (const auto& batch : scan.batches) {
            if ((limit_ && batch.commit.number > *limit_) || was_given_up(scan, batch)) {
                continue;
            }
            inspect_batch(journal, file, scan, batch);
            std::fill(is_claimed.begin() + static_cast<std::ptrdiff_t>(batch.first_frame),
                      is_claimed.begin() + static_cast<std::ptrdiff_t>(batch.commit_frame) + 1,
                      true);
            tail = scan.frames[batch.commit_frame].end();
        }
        if (is_tail_damaged(journal, file, scan, tail)) {
            tail = scan.end;
        }
        inspect_frames(journal.name, scan, tail, is_claimed);
        if (tail < scan.end) {
            note(fmt::format("{} at {}", journal.name, tail),
                 fmt::format("{} octets of a commit that failed or was cut off; they do not count",
                             scan.end - tail));
        }
    }

    /// A commit that was cut off, whose number was given anew in a file that was sealed since.
    bool was_given_up(const Scan& scan, const FoundBatch& batch) const {
        return !batch.is_intact && batch.commit.number <= sealed_.number &&
               &batch == &scan.batches.back();
    }

    void inspect_batch(const JournalFile& journal, const ReadableFile& file, const Scan& scan,
                       const FoundBatch& batch) {
        const auto object =
            fmt::format("{} batch at {}", journal.name, scan.frames[batch.first_frame].offset);
        if (batch.commit.number != last_ + 1) {
            damaged(object, fmt::format("is number {}, but the one found before it is {}",
                                        batch.commit.number, last_));
        } else if (!follows(batch.commit.before, last_digest_)) {
            damaged(object, "does not follow the batch that stands before it");
        }
        if (!batch.fits) {
            damaged(object, "does not fit its COMMIT frame");
        }
        last_ = batch.commit.number;
        last_digest_ = batch.commit.digest;
        verdict_.messages += batch.commit.number > sealed_.number ? batch.commit.messages : 0;
        const auto contents = read_batch(file, journal.codec, scan, batch, journal.name);
        if (!contents) {
            damaged(object, "its list of messages or events cannot be read");
        } else if (request_.depth == Depth::full || !batch.is_intact) {
            inspect_messages(file, journal.codec, *contents);
        }
    }

    void inspect_messages(const ReadableFile& file, const FrameCodec& codec,
                          const CommittedBatch& batch) {
        MessageReader reader(file, codec);
        for (const auto& message : batch.messages) {
            if (!reader.read(message)) {
                verdict_.damaged.push_back(
                    {"message " + message.content_id.hex(),
                     fmt::format("cannot be rebuilt from {} frame at {}", message.location.file,
                                 message.location.frame),
                     message.content_id});
            }
        }
    }

    bool is_tail_damaged(const JournalFile& journal, const ReadableFile& file, const Scan& scan,
                         std::uint64_t tail) {
        if (limit_ && last_ < *limit_ && sealed_.number < *limit_) {
            damaged(fmt::format("{} at {}", journal.name, tail),
                    fmt::format("batches {} to {} are lost", last_ + 1, *limit_));
            last_ = *limit_;
            last_digest_ = {};
            return true;
        }
        if (limit_ || tail == scan.end || last_ < sealed_.number ||
            !looks_complete(file, scan, tail)) {
            return false;
        }
        damaged(fmt::format("{} at {}", journal.name, tail),
                fmt::format("batch {} is all there, but damaged", last_ + 1));
        return true;
    }

    /// Frames and gaps before `end`; is_claimed is empty or tells which frames are of a batch.
    void inspect_frames(const std::string& name, const Scan& scan, std::uint64_t end,
                        const std::vector<bool>& is_claimed) {
        for (std::size_t i = 0; i < scan.frames.size() && scan.frames[i].offset < end; ++i) {
            const auto object = fmt::format("{} frame at {}", name, scan.frames[i].offset);
            if (!scan.frames[i].is_intact) {
                damaged(object, "is damaged");
            } else if (!is_claimed.empty() && !is_claimed[i]) {
                damaged(object, "belongs to no whole batch");
            }
        }
        for (const auto& gap : scan.gaps) {
            if (gap.offset < end) {
                damaged(fmt::format("{} frame at {}", name, gap.offset),
                        fmt::format("{} octets are no frame", gap.end - gap.offset));
            }
        }
    }

    Disk& disk_;
    const VerifyRequest& request_;
    PackSet& packs_;
    Verdict verdict_;
    Tip sealed_;                          // the last batch that packs hold
    std::optional<std::uint64_t> limit_;  // batches above it in the present file are void
    std::uint64_t last_ = 0;              // batch found
    Digest last_digest_;
};

}  // namespace

Verdict verify_files(Disk& disk, const VerifyRequest& request, PackSet& packs) {
    return Inspector(disk, request, packs).inspect();
}

Verdict verify_pack(Disk& disk, const VerifyRequest& request, PackSet& packs,
                    const std::string& name) {
    return Inspector(disk, request, packs).inspect_only(name);
}

Verdict verify_journals(Disk& disk, const VerifyRequest& request, PackSet& packs) {
    return Inspector(disk, request, packs).inspect_only_journals();
}

}  // namespace mailkeep::archive
