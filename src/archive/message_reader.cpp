// SPDX-License-Identifier: Apache-2.0
#include "message_reader.hpp"

#include "scan.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace {

/// Room taken at once for a message; growing in steps would hold a large one twice.
constexpr std::uint64_t most_reserved = std::uint64_t{256} << 20;

}  // namespace

std::optional<std::string> MessageReader::read(const StoredMessage& message) {
    std::string octets;
    octets.reserve(std::min(message.size, most_reserved));
    const bool is_whole = read(message, [&](std::string_view piece) { octets += piece; });
    return is_whole ? std::optional(std::move(octets)) : std::nullopt;
}

bool MessageReader::read(const StoredMessage& message,
                         const std::function<void(std::string_view)>& sink) {
    Sha256 hash;
    auto frame = message.location.frame;
    auto offset = message.location.offset;
    for (auto left = message.size; left > 0;) {
        if (!open_block(frame) || offset >= block_.raw.size()) {
            return false;
        }
        const auto piece = std::string_view(block_.raw).substr(offset, left);
        hash.add(piece);
        sink(piece);
        left -= piece.size();
        frame = block_.end;
        offset = 0;
    }
    return hash.finish() == message.content_id;
}

bool MessageReader::open_block(std::uint64_t offset) {
    if (block_.frame == offset && offset != 0) {
        return true;
    }
    auto room = std::exchange(block_, {}).raw;
    const auto frame = find_frame(file_, codec_, offset);
    if (!frame || frame->header.type != FrameType::block) {
        return false;
    }
    auto raw = read_payload(file_, codec_, *frame, Trust::message_is_checked, std::move(room));
    if (!raw) {
        return false;
    }
    block_ = {offset, frame->end(), std::move(*raw)};
    return true;
}

}  // namespace mailkeep::archive
