// SPDX-License-Identifier: Apache-2.0
#include "message_octets.hpp"

namespace mailkeep::sync {

namespace {

constexpr std::uint64_t most_in_memory = std::uint64_t{8} << 20;

}  // namespace

MessageOctets::MessageOctets(const archive::Archive& archive, const StoredMessage& message,
                             const std::filesystem::path& spools) {
    if (message.size <= most_in_memory) {
        raw_ = archive.get(message);
        return;
    }
    spool_.emplace(spools);
    archive.read(message, [this](std::string_view piece) { spool_->append(piece); });
    spool_->close();
}

void MessageOctets::read(const std::function<void(std::string_view)>& sink) const {
    if (!spool_) {
        sink(raw_);
        return;
    }
    spool_->read([&](std::string_view piece) {
        sink(piece);
        return true;
    });
}

}  // namespace mailkeep::sync
