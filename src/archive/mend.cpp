// SPDX-License-Identifier: Apache-2.0
#include "mend.hpp"

#include "mailkeep/base/error.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

class PieceFinder {
  public:
    PieceFinder(const std::vector<FileCopy>& copies, const FrameCodec& codec)
        : copies_(copies), codec_(codec) {
        for (const auto& copy : copies) {
            end_ = std::max(end_, copy.file->size());
        }
    }

    std::vector<Piece> make() {
        while (at_ < end_) {
            if (!take_intact() && !take_damaged()) {
                take_gap();
            }
        }
        return std::move(pieces_);
    }

  private:
    void take(const FileCopy& copy, std::uint64_t size, bool is_intact) {
        pieces_.push_back({&copy, at_, size, is_intact});
        at_ += size;
    }

    bool take_intact() {
        for (const auto& copy : copies_) {
            const auto found = copy.frames.find(at_);
            if (found != copy.frames.end() && found->second.header.seq == seq_) {
                take(copy, found->second.header.total(), true);
                ++seq_;
                return true;
            }
        }
        return false;
    }

    /// A frame whose header at least is right somewhere: it says where the next one stands.
    bool take_damaged() {
        for (const auto& copy : copies_) {
            const auto found = find_frame(*copy.file, codec_, at_);
            if (found && found->header.seq == seq_) {
                take(copy, found->header.total(), false);
                ++seq_;
                return true;
            }
        }
        return false;
    }

    /// Whether the octets up to `next` are the file header with which a pack ends.
    [[nodiscard]] bool closes_pack(const FileCopy& copy, std::uint64_t next) const {
        if (next != end_ || next - at_ != file_header_size) {
            return false;
        }
        const auto octets = copy.file->read(at_, file_header_size);
        return octets && decode_file_header(*octets);
    }

    /// Octets that are no frame anywhere, up to the next frame that some copy has.
    void take_gap() {
        auto next = end_;
        auto seq = seq_;
        for (const auto& copy : copies_) {
            const auto found =
                std::find_if(copy.frames.upper_bound(at_), copy.frames.end(),
                             [&](const auto& entry) { return entry.second.header.seq >= seq_; });
            if (found != copy.frames.end() && found->first < next) {
                next = found->first;
                seq = found->second.header.seq;
            }
        }
        const auto longest = std::max_element(
            copies_.begin(), copies_.end(),
            [](const auto& a, const auto& b) { return a.file->size() < b.file->size(); });
        const auto closed = std::find_if(copies_.begin(), copies_.end(),
                                         [&](const auto& copy) { return closes_pack(copy, next); });
        const auto& copy = closed != copies_.end()                ? *closed
                           : copies_.front().file->size() >= next ? copies_.front()
                                                                  : *longest;
        take(copy, next - at_, false);
        seq_ = seq;
    }

    const std::vector<FileCopy>& copies_;
    const FrameCodec& codec_;
    std::uint64_t at_ = file_header_size;
    std::uint64_t end_ = 0;
    std::uint64_t seq_ = 0;
    std::vector<Piece> pieces_;
};

}  // namespace

std::optional<FileCopy> open_copy(Disk& disk, const fs::path& path) {
    FileCopy copy{.path = path, .file = std::make_unique<ReadableFile>(disk, path)};
    if (!copy.file->problem().empty()) {
        return std::nullopt;
    }
    if (const auto octets = copy.file->read(0, file_header_size)) {
        copy.header = decode_file_header(*octets);
    }
    return copy;
}

void find_frames(FileCopy& copy, const FrameCodec& codec) {
    copy.frames.clear();
    for (const auto& frame :
         scan_frames(*copy.file, codec, file_header_size, ScanDepth::tags).frames) {
        if (frame.is_intact) {
            copy.frames.emplace(frame.offset, frame);
        }
    }
}

std::vector<Piece> assemble(const std::vector<FileCopy>& copies, const FrameCodec& codec) {
    return PieceFinder(copies, codec).make();
}

void write_assembled(Disk& disk, const Reserve& reserve, const FileHeader& header,
                     const std::vector<Piece>& pieces, const fs::path& path) {
    // What an earlier attempt may have left.
    static_cast<void>(disk.remove(path) == 0);
    DurableFile target(disk, reserve, path);
    target.append(encode(header));
    for (const auto& piece : pieces) {
        for (std::uint64_t done = 0; done < piece.size;) {
            const auto size = static_cast<std::size_t>(std::min(file_piece, piece.size - done));
            auto octets = piece.from->file->read(piece.offset + done, size).value_or(std::string());
            octets.resize(size);  // what cannot be read stands as zeros
            target.append(octets);
            done += size;
        }
    }
    target.trim();
}

}  // namespace mailkeep::archive
