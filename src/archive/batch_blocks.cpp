// SPDX-License-Identifier: Apache-2.0
#include "batch_blocks.hpp"

#include <utility>

namespace mailkeep::archive {

void BatchBlocks::add(const Batch::Message& message) {
    const auto size = message.size();
    if (raw_.size() + size > block_cap) {
        close();
    }
    if (size > block_cap) {
        full_.push_back({1, std::nullopt});
        return;
    }
    message.read([&](std::string_view piece) { raw_ += piece; });
    ++messages_;
}

void BatchBlocks::close() {
    if (messages_ > 0) {
        full_.push_back({std::exchange(messages_, 0), Payload::of(raw_, compressor_)});
        raw_.clear();
    }
}

}  // namespace mailkeep::archive
