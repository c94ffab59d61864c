// SPDX-License-Identifier: Apache-2.0
#include "scan.hpp"

#include "event_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailkeep::archive {

namespace {

constexpr std::size_t search_window = std::size_t{64} << 10;

/// Nothing when no header is there, or one of a frame that is cut off by the end of the file.
std::optional<FoundFrame> frame_at(const ReadableFile& file, const FrameCodec& codec,
                                   std::uint64_t at, ScanDepth depth) {
    const auto octets = file.read(at, frame_header_size);
    const auto header = octets ? decode_frame_header(*octets) : std::nullopt;
    if (!header || header->total() > file.size() - at) {
        return std::nullopt;
    }
    FoundFrame frame{.offset = at, .header = *header};
    const bool wants_payload = depth == ScanDepth::tags || header->type != FrameType::block;
    const std::size_t skipped = wants_payload ? 0 : header->stored;
    const auto rest =
        file.read(at + frame_header_size + skipped, header->stored - skipped + tag_size);
    if (!rest || rest->size() < tag_size) {
        frame.is_intact = false;
        return frame;
    }
    const auto stored = std::string_view(*rest).substr(0, rest->size() - tag_size);
    std::copy_n(rest->end() - tag_size, tag_size, frame.tag.begin());
    frame.is_intact = !wants_payload || codec.is_intact(*header, stored, frame.tag);
    return frame;
}

class Scanner {
  public:
    Scanner(const ReadableFile& file, const FrameCodec& codec, ScanDepth depth)
        : file_(file), codec_(codec), depth_(depth) {}

    Scan scan(std::uint64_t from) {
        scan_.end = file_.size();
        auto at = from;
        while (at < scan_.end) {
            if (const auto frame = frame_at(file_, codec_, at, depth_)) {
                scan_.frames.push_back(*frame);
                at = frame->end();
                close_batch();
            } else {
                const auto next = next_header(at + 1);
                scan_.gaps.push_back({at, next});
                at = next;
            }
        }
        return std::move(scan_);
    }

  private:
    /// The next place from `from` on with an intact frame, or the end. Its tag must be right too:
    /// the octets searched may be those of a mail that holds the likeness of a header.
    [[nodiscard]] std::uint64_t next_header(std::uint64_t from) const {
        for (auto at = from; at < scan_.end;) {
            // What cannot be read is passed over like any other octets that are no frame.
            const auto window = file_.read(at, search_window).value_or(std::string());
            for (auto found = window.find(frame_magic); found != std::string::npos;
                 found = window.find(frame_magic, found + 1)) {
                const auto frame = frame_at(file_, codec_, at + found, ScanDepth::tags);
                if (frame && frame->is_intact) {
                    return at + found;
                }
            }
            at += search_window - (frame_magic.size() - 1);
        }
        return scan_.end;
    }

    /// Makes a batch of the last frame, if it is a COMMIT, and those before it.
    void close_batch() {
        const auto last = scan_.frames.size() - 1;
        const auto& frame = scan_.frames[last];
        if (frame.header.type != FrameType::commit || !frame.is_intact) {
            return;
        }
        const auto payload = read_payload(file_, codec_, frame);
        const auto commit = payload ? decode_commit(*payload) : std::nullopt;
        if (!commit || commit->frames > adjoining_frames()) {
            return;
        }
        FoundBatch batch{
            .commit = *commit, .first_frame = last - commit->frames, .commit_frame = last};
        std::vector<Tag> tags;
        batch.is_intact = true;
        for (auto i = batch.first_frame; i < last; ++i) {
            tags.push_back(scan_.frames[i].tag);
            batch.is_intact = batch.is_intact && scan_.frames[i].is_intact;
        }
        batch.fits = digest_of(*commit, codec_.file_uuid(), tags) == commit->digest;
        batch.is_intact = batch.is_intact && batch.fits;
        scan_.batches.push_back(batch);
    }

    /// How many frames stand before the last one without a gap and without a COMMIT between.
    [[nodiscard]] std::size_t adjoining_frames() const {
        std::size_t count = 0;
        const auto& frames = scan_.frames;
        for (auto i = frames.size() - 1; i > 0 && frames[i - 1].end() == frames[i].offset &&
                                         frames[i - 1].header.type != FrameType::commit;
             --i) {
            ++count;
        }
        return count;
    }

    const ReadableFile& file_;
    const FrameCodec& codec_;
    ScanDepth depth_;
    Scan scan_;
};

/// Appends what one frame says; false when it is damaged.
bool add_frame(const ReadableFile& file, const FrameCodec& codec, const FoundFrame& frame,
               const std::string& name, CommittedBatch& batch, std::uint64_t& records) {
    if (frame.header.type != FrameType::manifest && frame.header.type != FrameType::event) {
        return true;
    }
    const auto payload = read_payload(file, codec, frame);
    if (!payload) {
        return false;
    }
    if (frame.header.type == FrameType::manifest) {
        auto messages = decode_manifest(*payload, name);
        if (!messages) {
            return false;
        }
        std::move(messages->begin(), messages->end(), std::back_inserter(batch.messages));
        return true;
    }
    auto decoded = decode_events(*payload);
    if (!decoded) {
        return false;
    }
    records += decoded->records;
    batch.records += *payload;
    std::move(decoded->events.begin(), decoded->events.end(), std::back_inserter(batch.events));
    return true;
}

}  // namespace

std::optional<FoundFrame> find_frame(const ReadableFile& file, const FrameCodec& codec,
                                     std::uint64_t offset) {
    return frame_at(file, codec, offset, ScanDepth::skeleton);
}

Scan scan_frames(const ReadableFile& file, const FrameCodec& codec, std::uint64_t from,
                 ScanDepth depth) {
    return Scanner(file, codec, depth).scan(from);
}

std::optional<std::string> read_payload(const ReadableFile& file, const FrameCodec& codec,
                                        const FoundFrame& frame, Trust trust, std::string room) {
    const auto stored = file.read(frame.offset + frame_header_size, frame.header.stored);
    return stored ? codec.open(frame.header, *stored, frame.tag, trust, std::move(room))
                  : std::nullopt;
}

std::optional<CommittedBatch> read_batch(const ReadableFile& file, const FrameCodec& codec,
                                         const Scan& scan, const FoundBatch& found,
                                         const std::string& name) {
    CommittedBatch batch;
    batch.number = found.commit.number;
    batch.at = found.commit.at;
    batch.digest = found.commit.digest;
    std::uint64_t records = 0;
    for (auto i = found.first_frame; i < found.commit_frame; ++i) {
        if (!add_frame(file, codec, scan.frames[i], name, batch, records)) {
            return std::nullopt;
        }
    }
    if (batch.messages.size() != found.commit.messages || records != found.commit.events) {
        return std::nullopt;
    }
    batch.size = batch.messages.size() + records;
    return batch;
}

}  // namespace mailkeep::archive
