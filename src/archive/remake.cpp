// SPDX-License-Identifier: Apache-2.0
#include "remake.hpp"

#include "archive_files.hpp"
#include "block.hpp"
#include "file_header.hpp"
#include "journal.hpp"
#include "manifest.hpp"
#include "message_reader.hpp"
#include "scan.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

/// What writers of journals have used; which of them made a frame shows in its tag.
constexpr int levels[] = {2, 3, 1, -1, -3};

class Remaker {
  public:
    Remaker(Disk& disk, const Reserve& reserve, const fs::path& path, const FrameCodec& codec,
            JournalMessages& messages)
        : disk_(disk),
          reserve_(reserve),
          path_(path),
          codec_(codec),
          messages_(messages),
          file_(disk, path) {}

    std::uint64_t run() {
        auto scan = scan_frames(file_, codec_, file_header_size, ScanDepth::tags);
        for (const auto& frame : scan.frames) {
            if (frame.is_intact) {
                intact_.emplace(frame.offset, frame);
            }
        }
        for (const auto& frame : scan.frames) {
            if (frame.is_intact && frame.header.type == FrameType::manifest) {
                remake_listed(frame);
            }
        }
        return remade_;
    }

  private:
    void remake_listed(const FoundFrame& manifest) {
        const auto payload = read_payload(file_, codec_, manifest);
        auto listed = payload ? decode_manifest(*payload, {}) : std::nullopt;
        std::map<std::uint64_t, std::vector<StoredMessage>> blocks;
        for (auto& message : listed.value_or(std::vector<StoredMessage>())) {
            if (message.size > 0) {
                blocks[message.location.frame].push_back(std::move(message));
            }
        }
        for (const auto& [offset, messages] : blocks) {
            if (!is_whole(offset, messages)) {
                remake(offset, messages);
            }
        }
    }

    [[nodiscard]] bool is_whole(std::uint64_t offset,
                                const std::vector<StoredMessage>& messages) const {
        return intact_.contains(offset) && messages.front().size <= large_message;
    }

    void remake(std::uint64_t offset, const std::vector<StoredMessage>& messages) {
        std::string raw;
        for (const auto& message : messages) {
            const auto octets = messages_.find(message.content_id);
            if (!octets || message.location.offset != raw.size()) {
                return;
            }
            raw += *octets;
        }
        const auto piece = raw.size() > large_message ? large_piece : raw.size();
        for (std::string_view rest = raw; !rest.empty();
             rest.remove_prefix(std::min(piece, rest.size()))) {
            const auto end = remake_frame(offset, rest.substr(0, piece));
            if (!end) {
                return;
            }
            offset = *end;
        }
    }

    /// Where the frame ends; nothing when it cannot be told.
    std::optional<std::uint64_t> remake_frame(std::uint64_t offset, std::string_view raw) {
        if (const auto known = intact_.find(offset); known != intact_.end()) {
            return known->second.end();
        }
        const auto seq = seq_at(offset);
        for (const auto level : levels) {
            Compressor compressor(level, 0);
            const auto frame =
                seq ? codec_.make(FrameType::block, *seq, raw, compressor) : std::string();
            if (!frame.empty() && is_what_stood_there(offset, frame)) {
                DurableFile(disk_, reserve_, path_, offset).append(frame);
                ++remade_;
                intact_.emplace(offset, *find_frame(file_, codec_, offset));
                return offset + frame.size();
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::uint64_t> seq_at(std::uint64_t offset) const {
        if (const auto frame = find_frame(file_, codec_, offset)) {
            return frame->header.seq;
        }
        if (offset == file_header_size) {
            return 0;
        }
        const auto next = intact_.lower_bound(offset);
        if (next == intact_.begin() || std::prev(next)->second.end() != offset) {
            return std::nullopt;
        }
        return std::prev(next)->second.header.seq + 1;
    }

    [[nodiscard]] bool is_what_stood_there(std::uint64_t offset, const std::string& frame) const {
        const auto there = file_.read(offset, frame.size());
        if (!there || there->size() != frame.size()) {
            return false;
        }
        const auto body = frame.size() - tag_size;
        return there->compare(body, tag_size, frame, body, tag_size) == 0 ||
               there->compare(0, body, frame, 0, body) == 0;
    }

    /// How journals are written: a message above the first has frames of its own, of the second.
    static constexpr std::size_t large_message = std::size_t{1} << 20;
    static constexpr std::size_t large_piece = std::size_t{4} << 20;

    Disk& disk_;
    const Reserve& reserve_;
    const fs::path& path_;
    const FrameCodec& codec_;
    JournalMessages& messages_;
    ReadableFile file_;
    std::map<std::uint64_t, FoundFrame> intact_;
    std::uint64_t remade_ = 0;
};

}  // namespace

std::optional<std::string> JournalMessages::find(const ContentId& content_id) {
    if (!has_looked_) {
        has_looked_ = true;
        look();
    }
    const auto [begin, end] = places_.equal_range(content_id);
    for (auto place = begin; place != end; ++place) {
        const ReadableFile file(disk_, data_ / place->second.location.file);
        const auto header = find_header(file, key_);
        if (!header) {
            continue;
        }
        const FrameCodec codec(header->archive_uuid, header->file_uuid, key_);
        if (auto octets = MessageReader(file, codec).read(place->second)) {
            return octets;
        }
    }
    return std::nullopt;
}

void JournalMessages::look() {
    for (const auto& name : journal_files(data_)) {
        look_into(name);
    }
}

void JournalMessages::look_into(const std::string& name) {
    const ReadableFile file(disk_, data_ / name);
    const auto header = find_header(file, key_);
    if (!header) {
        return;
    }
    const FrameCodec codec(header->archive_uuid, header->file_uuid, key_);
    for (const auto& frame :
         scan_frames(file, codec, file_header_size, ScanDepth::skeleton).frames) {
        if (!frame.is_intact || frame.header.type != FrameType::manifest) {
            continue;
        }
        const auto payload = read_payload(file, codec, frame);
        auto messages = payload ? decode_manifest(*payload, name) : std::nullopt;
        for (auto& message : messages.value_or(std::vector<StoredMessage>())) {
            const auto content_id = message.content_id;
            places_.emplace(content_id, std::move(message));
        }
    }
}

std::uint64_t remake_blocks(Disk& disk, const Reserve& reserve, const fs::path& path,
                            const FrameCodec& codec, JournalMessages& messages) {
    return Remaker(disk, reserve, path, codec, messages).run();
}

}  // namespace mailkeep::archive
