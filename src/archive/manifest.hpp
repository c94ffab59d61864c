// SPDX-License-Identifier: Apache-2.0
// Payloads of MANIFEST frames (which message stands where) and COMMIT frames (what makes a batch
// count). Pure octets.
#pragma once

#include "mailkeep/model/event.hpp"

#include "frame.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

inline constexpr std::size_t manifest_entry_size = 56;

[[nodiscard]] std::string encode_manifest(std::span<const StoredMessage> messages);
/// `file` becomes every location's file. Nothing when the payload is malformed, or holds a message
/// stored in a way unknown to us.
[[nodiscard]] std::optional<std::vector<StoredMessage>> decode_manifest(std::string_view payload,
                                                                        const std::string& file);

/// What a COMMIT frame says. The digest covers the file's uuid, all members above it and the tags
/// of the batch's frames, so that a batch cannot be taken apart, moved to another file or imitated
/// by octets inside a mail.
struct CommitRecord {
    std::uint64_t number = 0;
    Timestamp at{};
    std::uint32_t messages = 0;
    std::uint32_t events = 0;
    std::uint32_t frames = 0;  ///< directly before the COMMIT frame
    Digest before;             ///< digest of batch number - 1; zeros when there is none to be found
    Digest digest;

    friend bool operator==(const CommitRecord&, const CommitRecord&) = default;
};

inline constexpr std::size_t commit_payload_size = 96;
inline constexpr std::size_t commit_frame_size = commit_payload_size + frame_overhead;

[[nodiscard]] Digest digest_of(const CommitRecord& record, std::string_view file_uuid,
                               std::span<const Tag> tags);
[[nodiscard]] std::string encode(const CommitRecord& record);
[[nodiscard]] std::optional<CommitRecord> decode_commit(std::string_view payload);

}  // namespace mailkeep::archive
