// SPDX-License-Identifier: Apache-2.0
#include "log_entries.hpp"

#include "merkle.hpp"
#include "octets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::archive {

namespace {

constexpr std::size_t length_size = 4;

/// Of all messages the batch was committed with, as far as they are known.
std::vector<ContentId> ids_of(const CommittedBatch& batch) {
    std::vector<ContentId> ids;
    ids.reserve(batch.messages.size() + batch.gone.size());
    for (const auto& message : batch.messages) {
        ids.push_back(message.content_id);
    }
    for (const auto& gone : batch.gone) {
        const auto place = std::min<std::uint64_t>(gone.place, ids.size());
        ids.insert(ids.begin() + static_cast<std::ptrdiff_t>(place), gone.content_id);
    }
    return ids;
}

}  // namespace

std::string message_entry(const ContentId& content_id) {
    return fmt::format("mailkeep message {}\n", content_id.hex());
}

std::string event_entry(std::string_view record) {
    return fmt::format("mailkeep event {}\n", sha256(record).hex());
}

std::string batch_entry(const CommittedBatch& batch) {
    return fmt::format("mailkeep batch {} at {} digest {}\n", batch.number, to_rfc3339(batch.at),
                       batch.digest.hex());
}

std::uint64_t entry_count(const CommittedBatch& batch) {
    return batch.size + 1;
}

std::optional<std::vector<Digest>> entry_hashes(const CommittedBatch& batch) {
    std::vector<Digest> hashes;
    hashes.reserve(entry_count(batch));
    for (const auto& content_id : ids_of(batch)) {
        hashes.push_back(leaf_hash(message_entry(content_id)));
    }
    for (std::string_view records = batch.records; !records.empty();) {
        OctetReader reader(records);
        const auto record = records.substr(0, length_size + reader.number(length_size));
        hashes.push_back(leaf_hash(event_entry(record)));
        records.remove_prefix(record.size());
    }
    hashes.push_back(leaf_hash(batch_entry(batch)));
    return hashes.size() == entry_count(batch) ? std::optional(std::move(hashes)) : std::nullopt;
}

std::optional<std::uint64_t> place_in(const CommittedBatch& batch, const ContentId& content_id) {
    const auto ids = ids_of(batch);
    const auto place = std::find(ids.begin(), ids.end(), content_id);
    return place == ids.end() ? std::nullopt
                              : std::optional(static_cast<std::uint64_t>(place - ids.begin()));
}

}  // namespace mailkeep::archive
