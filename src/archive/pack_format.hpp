// SPDX-License-Identifier: Apache-2.0
// What stands in the frames of a pack: payloads of RECORDS, BLOB, CONTENTS, HISTORY, INDEX and
// SEAL. Pure octets, no I/O; the layout stands in FORMAT.md. Every decoder gives nothing for octets
// that its encoder would not have written, and never takes more memory than a payload may have.
#pragma once

#include "mailkeep/model/message.hpp"

#include "frame.hpp"
#include "manifest.hpp"
#include "octets.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// SHA-256 of all octets of a blob, an attachment as it was before base64.
using BlobId = Digest;

inline constexpr std::string_view packs_folder = "packs";
/// Of one BLOB frame, and of one RECORDS frame of a record that goes on over several: raw octets.
inline constexpr std::size_t chunk_size = std::size_t{4} << 20;

/// "packs/ab/ab….mkp" for the SHA-256 of a pack's file.
[[nodiscard]] std::string pack_name(const Digest& digest);
/// Nothing unless it is a name that pack_name gives.
[[nodiscard]] std::optional<Digest> digest_in(std::string_view pack_name);
/// Where a file that is called as a pack belongs, in whatever folder it stands.
[[nodiscard]] std::optional<std::string> proper_place(std::string_view path);

/// Which message of which batch: `place` counts from 0 in the order in which the batch held them.
struct Origin {
    std::uint64_t batch = 0;
    std::uint64_t place = 0;

    friend auto operator<=>(const Origin&, const Origin&) = default;
};

// RECORDS: how many octets go on from the record in the frame before, those, then records.

/// What stands in a record before the recipe.
struct RecordHead {
    Origin origin;
    std::uint64_t size = 0;  ///< of the message
    std::uint64_t body = 0;  ///< octets of recipe and data

    friend bool operator==(const RecordHead&, const RecordHead&) = default;
};

/// Three numbers and the length of the record in front.
inline constexpr std::size_t longest_record_head = 40;
/// Where the first record stands when none goes on.
inline constexpr std::uint64_t first_record = 1;

[[nodiscard]] std::string encode(const RecordHead& head);
/// Takes a head off the front; nothing when it is malformed.
[[nodiscard]] std::optional<RecordHead> take_record_head(OctetReader& octets);

// BLOB: head of 48 octets, then up to chunk_size octets of the blob from `offset` on.

inline constexpr std::size_t blob_head_size = 48;

struct BlobHead {
    BlobId id;
    std::uint64_t size = 0;    ///< of the whole blob
    std::uint64_t offset = 0;  ///< of this chunk in it, a multiple of chunk_size

    /// Octets of the blob in this frame.
    [[nodiscard]] std::uint64_t chunk() const;

    friend bool operator==(const BlobHead&, const BlobHead&) = default;
};

[[nodiscard]] std::string encode(const BlobHead& head);
/// Nothing unless the payload is as long as its head says.
[[nodiscard]] std::optional<BlobHead> decode_blob_head(std::string_view payload);

// CONTENTS: the messages of a pack in the order of their records, then those that are gone. In a
// RECORDS frame that has several records these stand without gap from its second octet on.

/// Of one CONTENTS frame.
inline constexpr std::size_t most_contents = 65536;

struct PackedMessage {
    ContentId content_id;
    std::uint64_t size = 0;
    Origin origin;
    /// Of its RECORDS frame; 0: the message is gone for good, and only its id is kept so that
    /// events which name it by batch and place can still be read.
    std::uint64_t frame = 0;
    std::uint64_t offset = 0;   ///< of the record in the frame's raw octets
    std::uint64_t length = 0;   ///< of the record
    std::vector<BlobId> blobs;  ///< used by it, each once

    [[nodiscard]] bool is_gone() const { return frame == 0; }

    /// `file` is the pack's name below DATA.
    [[nodiscard]] StoredMessage stored_in(const std::string& file) const;

    friend bool operator==(const PackedMessage&, const PackedMessage&) = default;
};

/// Requires: that order; at most most_contents messages, or blobs used by them, in all.
[[nodiscard]] std::string encode(std::span<const PackedMessage> contents);
[[nodiscard]] std::optional<std::vector<PackedMessage>> decode_contents(std::string_view payload);

// HISTORY: batches one after another.

struct HistoryBatch {
    CommitRecord commit;
    /// As in EVENT frames, but with places instead of ids (event_codec.hpp: shorten_ids,
    /// restore_ids).
    std::string records;

    friend bool operator==(const HistoryBatch&, const HistoryBatch&) = default;
};

[[nodiscard]] std::string encode(const HistoryBatch& batch);
[[nodiscard]] std::optional<std::vector<HistoryBatch>> decode_history(std::string_view payload);

// INDEX: the frames before it, the blobs, the group.

/// Of one pack.
inline constexpr std::size_t most_frames = 65536;

struct PackFrame {
    std::uint64_t offset = 0;
    FrameType type{};
    std::uint32_t stored = 0;
    std::uint32_t raw = 0;

    [[nodiscard]] std::uint64_t end() const { return offset + stored + frame_overhead; }

    friend bool operator==(const PackFrame&, const PackFrame&) = default;
};

struct PackBlob {
    BlobId id;
    std::uint64_t size = 0;
    std::uint64_t frame = 0;  ///< offset of its first BLOB frame; the others stand directly behind

    friend bool operator==(const PackBlob&, const PackBlob&) = default;
};

/// The packs one rewrite makes. It counts when the pack that closes it stands under its name.
struct PackGroup {
    std::string uuid;                  ///< 16 octets
    std::uint32_t number = 1;          ///< of this pack in the group, from 1
    bool is_closed = false;            ///< by this pack, the last of them. Then:
    std::vector<Digest> packs_before;  ///< that count with it: made before it, or taken over
    std::vector<Digest> replaced;      ///< packs that are not needed any more

    friend bool operator==(const PackGroup&, const PackGroup&) = default;
};

struct PackIndex {
    std::vector<PackFrame> frames;  ///< ascending, without gaps, the first at file_header_size
    std::vector<PackBlob> blobs;    ///< ascending by frame
    PackGroup group;

    friend bool operator==(const PackIndex&, const PackIndex&) = default;
};

[[nodiscard]] std::string encode(const PackIndex& index);
[[nodiscard]] std::optional<PackIndex> decode_index(std::string_view payload);

// SEAL

/// Numbers of batches; none: both 0.
struct BatchRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    void include(std::uint64_t batch);

    friend bool operator==(const BatchRange&, const BatchRange&) = default;
};

struct PackSeal {
    std::uint32_t frames = 0;    ///< all but the SEAL frame
    std::uint64_t index = 0;     ///< offset of the INDEX frame
    std::uint64_t messages = 0;  ///< that can be read here
    std::uint64_t gone = 0;      ///< that CONTENTS names as gone for good
    std::uint64_t blobs = 0;
    std::uint64_t octets = 0;  ///< of the messages, as the server sent them
    BatchRange batches;        ///< the messages are from (with holes)
    BatchRange history;        ///< whose events are here (without holes)
    std::uint32_t epoch = 0;  ///< the highest of the journals that went in, here or by way of packs
    std::uint32_t number = 1;  ///< as in PackGroup
    bool is_closed = false;    ///< as in PackGroup
    std::string group;         ///< uuid, 16 octets
    Timestamp at{};
    std::uint32_t zstd_version = 0;
    Digest root;  ///< RFC 6962, over the tags of the frames before as leaves

    friend bool operator==(const PackSeal&, const PackSeal&) = default;
};

inline constexpr std::size_t seal_payload_size = 152;
inline constexpr std::size_t seal_frame_size = seal_payload_size + frame_overhead;

[[nodiscard]] std::string encode(const PackSeal& seal);
[[nodiscard]] std::optional<PackSeal> decode_seal(std::string_view payload);

/// The RFC 6962 tree hash with the tags as leaves.
[[nodiscard]] Digest root_of(std::span<const Tag> tags);

}  // namespace mailkeep::archive
