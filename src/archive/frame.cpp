// SPDX-License-Identifier: Apache-2.0
#include "frame.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "block.hpp"
#include "octets.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::archive {

namespace {

constexpr std::string_view journal_magic{"\x89MKJ\r\n\x1A\n", 8};
constexpr std::string_view pack_magic{"\x89MKP\r\n\x1A\n", 8};
constexpr std::size_t check_size = 4;
constexpr std::string_view key_purpose = "mailkeep frame 1";

/// Never the same twice under one key: the key is that of one file, and a file is written once.
std::string nonce_of(std::uint64_t seq) {
    std::string nonce(4, '\0');
    put_number(nonce, seq, 8);
    return nonce;
}

Tag checksum_of(std::string_view header, std::string_view stored) {
    Sha256 hash;
    hash.add(header);
    hash.add(stored);
    const auto digest = hash.finish();
    Tag tag{};
    std::copy_n(digest.view().begin(), tag.size(), tag.begin());
    return tag;
}

/// Appends the check over what stands there.
std::string sealed_header(std::string octets) {
    octets += sha256(octets).view().substr(0, check_size);
    return octets;
}

bool is_header(std::string_view octets, std::size_t size, std::string_view magic) {
    if (octets.size() != size || !octets.starts_with(magic)) {
        return false;
    }
    const auto covered = octets.substr(0, size - check_size);
    return sha256(covered).view().substr(0, check_size) == octets.substr(covered.size());
}

}  // namespace

std::string encode(const FrameHeader& header) {
    std::string octets(frame_magic);
    put_number(octets, static_cast<std::uint8_t>(header.type), 1);
    put_number(octets, header.flags, 1);
    put_number(octets, header.dict_id, 2);
    put_number(octets, header.stored, 4);
    put_number(octets, header.raw, 4);
    put_number(octets, header.seq, 8);
    return sealed_header(std::move(octets));
}

std::optional<FrameHeader> decode_frame_header(std::string_view octets) {
    if (!is_header(octets, frame_header_size, frame_magic)) {
        return std::nullopt;
    }
    OctetReader reader(octets.substr(frame_magic.size()));
    FrameHeader header;
    header.type = static_cast<FrameType>(reader.number(1));
    header.flags = static_cast<std::uint8_t>(reader.number(1));
    header.dict_id = static_cast<std::uint16_t>(reader.number(2));
    header.stored = reader.number32();
    header.raw = reader.number32();
    header.seq = reader.number(8);
    if (header.stored > max_payload || header.raw > max_payload) {
        return std::nullopt;
    }
    return header;
}

Payload Payload::of(std::string_view raw, Compressor& compressor) {
    const auto compressed = compressor.compress(raw);
    return {std::string(compressed.value_or(raw)), raw.size(), compressed.has_value()};
}

FrameCodec::FrameCodec(std::string_view archive_uuid, std::string_view file_uuid,
                       const DataKey& key)
    : uuids_(std::string(archive_uuid) + std::string(file_uuid)), file_uuid_(file_uuid) {
    if (!key.empty()) {
        file_key_ = key.derive(file_uuid, key_purpose);
    }
}

FrameCodec::~FrameCodec() {
    wipe(file_key_);
}

std::string FrameCodec::make(FrameType type, std::uint64_t seq, std::string_view raw,
                             Compressor& compressor) const {
    const auto compressed = compressor.compress(raw);
    return close(type, seq, compressed.value_or(raw), raw.size(), compressed.has_value());
}

std::string FrameCodec::make(FrameType type, std::uint64_t seq, const Payload& payload) const {
    return close(type, seq, payload.stored, payload.raw, payload.is_compressed);
}

std::string FrameCodec::close(FrameType type, std::uint64_t seq, std::string_view stored,
                              std::size_t raw, bool is_compressed) const {
    MAILKEEP_ASSERT(raw <= max_payload);
    const int flags = (is_compressed ? compressed_flag : 0) | (encrypts(type) ? encrypted_flag : 0);
    auto frame = encode(FrameHeader{.type = type,
                                    .flags = static_cast<std::uint8_t>(flags),
                                    .stored = static_cast<std::uint32_t>(stored.size()),
                                    .raw = static_cast<std::uint32_t>(raw),
                                    .seq = seq});
    if (encrypts(type)) {
        return frame + seal_with_nonce(file_key_, nonce_of(seq), stored, frame + uuids_);
    }
    const auto tag = checksum_of(frame, stored);
    frame.reserve(frame.size() + stored.size() + tag.size());
    frame += stored;
    frame.append(tag.data(), tag.size());
    return frame;
}

bool FrameCodec::knows(const FrameHeader& header) const {
    const int known = compressed_flag | (encrypts(header.type) ? encrypted_flag : 0);
    return header.dict_id == 0 && (header.flags & ~known) == 0;
}

bool FrameCodec::is_intact(const FrameHeader& header, std::string_view stored,
                           const Tag& tag) const {
    if (encrypts(header.type)) {
        return unlock(header, stored, tag).has_value();
    }
    return stored.size() == header.stored && checksum_of(encode(header), stored) == tag;
}

std::optional<std::string> FrameCodec::unlock(const FrameHeader& header, std::string_view stored,
                                              const Tag& tag) const {
    if (stored.size() != header.stored) {
        return std::nullopt;
    }
    if (!encrypts(header.type)) {
        return is_intact(header, stored, tag) ? std::optional(std::string(stored)) : std::nullopt;
    }
    std::string sealed(stored);
    sealed.append(tag.data(), tag.size());
    return unseal_with_nonce(file_key_, nonce_of(header.seq), sealed, encode(header) + uuids_);
}

std::optional<std::string> FrameCodec::open(const FrameHeader& header, std::string_view stored,
                                            const Tag& tag, Trust trust, std::string room) const {
    if (!knows(header) || stored.size() != header.stored) {
        return std::nullopt;
    }
    std::optional<std::string> unlocked;
    if (is_encrypted() || trust == Trust::only_tags) {
        unlocked = unlock(header, stored, tag);
        if (!unlocked) {
            return std::nullopt;
        }
        stored = *unlocked;
    }
    if ((header.flags & compressed_flag) != 0) {
        return decompress(stored, header.raw, std::move(room));
    }
    if (stored.size() != header.raw) {
        return std::nullopt;
    }
    room.assign(stored);
    return room;
}

std::string encode(const FileHeader& header) {
    MAILKEEP_ASSERT(header.archive_uuid.size() == uuid_size);
    MAILKEEP_ASSERT(header.file_uuid.size() == uuid_size);
    std::string octets(header.kind == FileKind::journal ? journal_magic : pack_magic);
    put_number(octets, header.version, 2);
    put_number(octets, header.flags, 2);
    octets += header.archive_uuid;
    octets += header.file_uuid;
    put_number(octets, header.epoch, 4);
    put_number(octets, header.n, 4);
    put_number(octets, header.batch_before, 8);
    return sealed_header(std::move(octets));
}

std::optional<FileHeader> decode_file_header(std::string_view octets) {
    const bool is_pack = octets.starts_with(pack_magic);
    if (!is_header(octets, file_header_size, is_pack ? pack_magic : journal_magic)) {
        return std::nullopt;
    }
    OctetReader reader(octets.substr(journal_magic.size()));
    FileHeader header;
    header.kind = is_pack ? FileKind::pack : FileKind::journal;
    header.version = static_cast<std::uint16_t>(reader.number(2));
    header.flags = static_cast<std::uint16_t>(reader.number(2));
    header.archive_uuid = reader.take(uuid_size);
    header.file_uuid = reader.take(uuid_size);
    header.epoch = reader.number32();
    header.n = reader.number32();
    header.batch_before = reader.number(8);
    return header;
}

std::string uuid_text(std::string_view octets) {
    MAILKEEP_ASSERT(octets.size() == uuid_size);
    auto text = to_hex(octets);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
        text.insert(dash, 1, '-');
    }
    return text;
}

std::string make_uuid() {
    auto octets = random_octets(uuid_size);
    octets[6] = static_cast<char>((octets[6] & 0x0F) | 0x40);
    octets[8] = static_cast<char>((octets[8] & 0x3F) | 0x80);
    return octets;
}

}  // namespace mailkeep::archive
