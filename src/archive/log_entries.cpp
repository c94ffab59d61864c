// SPDX-License-Identifier: Apache-2.0
#include "log_entries.hpp"

#include "event_codec.hpp"
#include "merkle.hpp"

#include <fmt/format.h>

namespace mailkeep::archive {

std::string message_entry(const ContentId& content_id) {
    return fmt::format("mailkeep message {}\n", content_id.hex());
}

std::string event_entry(const Event& event) {
    return fmt::format("mailkeep event {}\n", sha256(encode(event)).hex());
}

std::string batch_entry(const CommittedBatch& batch) {
    return fmt::format("mailkeep batch {} at {} digest {}\n", batch.number, to_rfc3339(batch.at),
                       batch.digest.hex());
}

std::vector<Digest> entry_hashes(const CommittedBatch& batch) {
    std::vector<Digest> hashes;
    hashes.reserve(batch.messages.size() + batch.events.size() + 1);
    for (const auto& message : batch.messages) {
        hashes.push_back(leaf_hash(message_entry(message.content_id)));
    }
    for (const auto& event : batch.events) {
        hashes.push_back(leaf_hash(event_entry(event)));
    }
    hashes.push_back(leaf_hash(batch_entry(batch)));
    return hashes;
}

}  // namespace mailkeep::archive
