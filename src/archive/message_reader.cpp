// SPDX-License-Identifier: Apache-2.0
#include "message_reader.hpp"

#include "scan.hpp"

namespace mailkeep::archive {

std::optional<std::string> MessageReader::read(const StoredMessage& message) {
    std::string octets;
    auto frame = message.location.frame;
    auto offset = message.location.offset;
    while (octets.size() < message.size) {
        if (!open_block(frame) || offset >= raw_.size()) {
            return std::nullopt;
        }
        octets += std::string_view(raw_).substr(offset, message.size - octets.size());
        frame = end_;
        offset = 0;
    }
    if (sha256(octets) != message.content_id) {
        return std::nullopt;
    }
    return octets;
}

bool MessageReader::open_block(std::uint64_t offset) {
    if (offset_ == offset && offset != 0) {
        return true;
    }
    offset_ = 0;
    const auto frame = find_frame(file_, codec_, offset);
    if (!frame || frame->header.type != FrameType::block) {
        return false;
    }
    auto raw = read_payload(file_, codec_, *frame);
    if (!raw) {
        return false;
    }
    raw_ = std::move(*raw);
    offset_ = offset;
    end_ = frame->end();
    return true;
}

}  // namespace mailkeep::archive
