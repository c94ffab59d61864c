// SPDX-License-Identifier: Apache-2.0
#include "journal_exam.hpp"

#include <algorithm>

namespace mailkeep::archive {

JournalExam examine_journal(const ReadableFile& file, const FileHeader& header,
                            const FrameCodec& codec, std::uint64_t limit, ScanDepth depth) {
    JournalExam exam{.is_whole = true, .last = header.batch_before};
    exam.scan = scan_frames(file, codec, file_header_size, depth);
    exam.intact_frames = static_cast<std::uint64_t>(
        std::count_if(exam.scan.frames.begin(), exam.scan.frames.end(),
                      [](const auto& frame) { return frame.is_intact; }));
    for (const auto& batch : exam.scan.batches) {
        if (!batch.fits || batch.commit.number > limit || batch.commit.number <= exam.last) {
            continue;
        }
        const auto begin = exam.scan.frames[batch.first_frame].offset;
        exam.is_whole = exam.is_whole && batch.is_intact && begin == exam.end &&
                        batch.commit.number == exam.last + 1;
        exam.last = batch.commit.number;
        exam.end = exam.scan.frames[batch.commit_frame].end();
    }
    exam.is_whole = exam.is_whole && (limit == no_limit || exam.last == limit);
    return exam;
}

}  // namespace mailkeep::archive
