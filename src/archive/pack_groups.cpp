// SPDX-License-Identifier: Apache-2.0
#include "pack_groups.hpp"

#include "archive_files.hpp"
#include "file_header.hpp"
#include "scan.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

struct PackEnds {
    PackSeal seal;
    PackIndex index;
};

std::optional<std::string> payload_at(const ReadableFile& file, const FrameCodec& codec,
                                      std::uint64_t offset, FrameType type) {
    const auto frame = find_frame(file, codec, offset);
    return frame && frame->header.type == type ? read_payload(file, codec, *frame) : std::nullopt;
}

/// Nothing unless SEAL and INDEX are whole.
std::optional<PackEnds> ends_of(Disk& disk, const fs::path& path, const DataKey& key) {
    const ReadableFile file(disk, path);
    const auto header = find_header(file, key);
    constexpr auto behind = seal_frame_size + file_header_size;
    if (!header || file.size() < file_header_size + behind) {
        return std::nullopt;
    }
    const FrameCodec codec(header->archive_uuid, header->file_uuid, key);
    const auto sealed = payload_at(file, codec, file.size() - behind, FrameType::seal);
    const auto seal = sealed ? decode_seal(*sealed) : std::nullopt;
    const auto indexed =
        seal ? payload_at(file, codec, seal->index, FrameType::index) : std::nullopt;
    auto index = indexed ? decode_index(*indexed) : std::nullopt;
    if (!index) {
        return std::nullopt;
    }
    return PackEnds{*seal, std::move(*index)};
}

}  // namespace

bool PackGroups::hold(std::uint64_t first, std::uint64_t last) const {
    auto missing = first;
    for (bool goes_on = true; goes_on && missing <= last;) {
        const auto range = std::find_if(history.begin(), history.end(), [&](const auto& held) {
            return held.first <= missing && missing <= held.last;
        });
        goes_on = range != history.end();
        missing = goes_on ? range->last + 1 : missing;
    }
    return missing > last;
}

PackGroups closed_groups(Disk& disk, const fs::path& data, const DataKey& key) {
    PackGroups groups;
    const auto names = pack_files(data);
    for (const auto& name : names) {
        const auto pack = ends_of(disk, data / name, key);
        if (!pack || !pack->index.group.is_closed) {
            continue;
        }
        std::set<std::string> members{name};
        for (const auto& before : pack->index.group.packs_before) {
            members.insert(pack_name(before));
        }
        if (!std::includes(names.begin(), names.end(), members.begin(), members.end())) {
            continue;
        }
        groups.history.push_back(pack->seal.history);
        groups.members.merge(members);
        for (const auto& digest : pack->index.group.replaced) {
            groups.replaced.insert(pack_name(digest));
        }
    }
    return groups;
}

}  // namespace mailkeep::archive
