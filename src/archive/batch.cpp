// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/error.hpp"

#include "batch_blocks.hpp"

#include <utility>

namespace mailkeep::archive {

Batch::Batch() : blocks_(std::make_unique<BatchBlocks>()) {}

Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

ContentId Batch::add_message(std::string raw) {
    const auto content_id = sha256(raw);
    add_message(content_id, std::move(raw));
    return content_id;
}

void Batch::add_message(const ContentId& content_id, std::string raw) {
    add({content_id, std::move(raw)});
}

void Batch::add_message(const Spool& spool) {
    add({spool.digest(), {}, &spool});
}

void Batch::add(Message message) {
    if (places_.try_emplace(message.content_id, messages_.size()).second) {
        octets_ += message.size();
        blocks_->add(message);
        messages_.push_back(std::move(message));
    }
}

const Batch::Message& Batch::message(const ContentId& content_id) const {
    const auto place = places_.find(content_id);
    MAILKEEP_ASSERT(place != places_.end());
    return messages_[place->second];
}

std::uint64_t Batch::Message::size() const {
    return spool == nullptr ? raw.size() : spool->size();
}

void Batch::Message::read(const std::function<void(std::string_view)>& sink) const {
    if (spool == nullptr) {
        sink(raw);
        return;
    }
    spool->read([&](std::string_view piece) {
        sink(piece);
        return true;
    });
}

}  // namespace mailkeep::archive
