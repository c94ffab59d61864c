// SPDX-License-Identifier: Apache-2.0
#include "file_header.hpp"

#include "scan.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace {

std::optional<FileHeader> header_at(const ReadableFile& file, std::uint64_t offset) {
    const auto octets = file.read(offset, file_header_size);
    return octets ? decode_file_header(*octets) : std::nullopt;
}

/// Only its writer has the key under which a COMMIT opens. Without a key a digest must do: it
/// covers the uuid.
bool is_proven(const ReadableFile& file, const FileHeader& header, const DataKey& key) {
    const FrameCodec codec(header.archive_uuid, header.file_uuid, key);
    const auto scan = scan_frames(file, codec, file_header_size, ScanDepth::skeleton);
    if (codec.is_encrypted()) {
        return std::any_of(scan.frames.begin(), scan.frames.end(), [](const auto& frame) {
            return frame.header.type == FrameType::commit && frame.is_intact;
        });
    }
    return std::any_of(scan.batches.begin(), scan.batches.end(),
                       [](const auto& batch) { return batch.fits; });
}

/// The last one first: behind it stands nothing but a COMMIT, and no mail.
std::optional<FileHeader> header_in_frames(const ReadableFile& file, const DataKey& key) {
    const FrameCodec open;
    std::optional<FileHeader> refused;
    const auto frames = scan_frames(file, open, file_header_size, ScanDepth::skeleton).frames;
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
        const auto payload = frame->header.type == FrameType::header && frame->is_intact
                                 ? read_payload(file, open, *frame)
                                 : std::nullopt;
        auto header = payload ? decode_file_header(*payload) : std::nullopt;
        if (header && header->kind == FileKind::journal && header != refused) {
            if (is_proven(file, *header, key)) {
                return header;
            }
            refused = header;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<FileHeader> repeated_header(const ReadableFile& file, const DataKey& key) {
    const auto header = file.size() < 2 * file_header_size
                            ? std::nullopt
                            : header_at(file, file.size() - file_header_size);
    return header && header->kind == FileKind::pack ? header : header_in_frames(file, key);
}

std::optional<FileHeader> find_header(const ReadableFile& file, const DataKey& key) {
    const auto header = header_at(file, 0);
    return header ? header : repeated_header(file, key);
}

}  // namespace mailkeep::archive
