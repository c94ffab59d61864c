// SPDX-License-Identifier: Apache-2.0
#include "manifest.hpp"

#include "mailkeep/base/error.hpp"

#include "octets.hpp"

namespace mailkeep::archive {

namespace {

/// The part of a COMMIT payload that its digest covers.
std::string covered_part(const CommitRecord& record) {
    std::string octets;
    put_number(octets, record.number, 8);
    put_number(octets, static_cast<std::uint64_t>(unix_ms(record.at)), 8);
    put_number(octets, record.messages, 4);
    put_number(octets, record.events, 4);
    put_number(octets, record.frames, 4);
    put_number(octets, 0, 4);
    octets += record.before.view();
    return octets;
}

}  // namespace

std::string encode_manifest(std::span<const StoredMessage> messages) {
    std::string payload;
    payload.reserve(4 + messages.size() * manifest_entry_size);
    put_number(payload, messages.size(), 4);
    for (const auto& message : messages) {
        payload += message.content_id.view();
        put_number(payload, message.size, 8);
        put_number(payload, message.location.frame, 8);
        put_number(payload, message.location.offset, 4);
        put_number(payload, 0, 2);  // flags
        put_number(payload, 0, 2);  // operations
    }
    return payload;
}

std::optional<std::vector<StoredMessage>> decode_manifest(std::string_view payload,
                                                          const std::string& file) {
    OctetReader reader(payload);
    const auto count = reader.number(4);
    if (payload.size() != 4 + count * manifest_entry_size) {
        return std::nullopt;
    }
    std::vector<StoredMessage> messages;
    messages.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        StoredMessage message;
        message.content_id = Digest::from_octets(reader.take(digest_size));
        message.size = reader.number(8);
        message.location = {.file = file, .frame = reader.number(8), .offset = reader.number(4)};
        const auto flags = reader.number(2);
        const auto operations = reader.number(2);
        if (flags != 0 || operations != 0) {
            return std::nullopt;
        }
        messages.push_back(std::move(message));
    }
    return messages;
}

Digest digest_of(const CommitRecord& record, std::string_view file_uuid,
                 std::span<const Tag> tags) {
    Sha256 hash;
    hash.add(file_uuid);
    hash.add(covered_part(record));
    for (const auto& tag : tags) {
        hash.add({tag.data(), tag.size()});
    }
    return hash.finish();
}

std::string encode(const CommitRecord& record) {
    auto payload = covered_part(record);
    payload += record.digest.view();
    MAILKEEP_ASSERT(payload.size() == commit_payload_size);
    return payload;
}

std::optional<CommitRecord> decode_commit(std::string_view payload) {
    if (payload.size() != commit_payload_size) {
        return std::nullopt;
    }
    OctetReader reader(payload);
    CommitRecord record;
    record.number = reader.number(8);
    record.at = from_unix_ms(static_cast<std::int64_t>(reader.number(8)));
    record.messages = reader.number32();
    record.events = reader.number32();
    record.frames = reader.number32();
    static_cast<void>(reader.take(4));
    record.before = Digest::from_octets(reader.take(digest_size));
    record.digest = Digest::from_octets(reader.take(digest_size));
    return record;
}

}  // namespace mailkeep::archive
