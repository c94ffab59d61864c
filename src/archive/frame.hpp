// SPDX-License-Identifier: Apache-2.0
// The two shapes every archive file is made of: the file header and the frame. Pure octets, no I/O.
// The layout stands in FORMAT.md.
#pragma once

#include "mailkeep/archive/keys.hpp"

#include "block.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

inline constexpr std::size_t file_header_size = 64;
inline constexpr std::size_t frame_header_size = 32;
inline constexpr std::size_t tag_size = 16;
inline constexpr std::size_t frame_overhead = frame_header_size + tag_size;
inline constexpr std::size_t uuid_size = 16;
/// Of one frame, stored and raw alike: what a reader must be ready to hold in memory.
inline constexpr std::size_t max_payload = std::size_t{8} << 20;
inline constexpr std::uint16_t format_version = 1;

/// High octet first against 7-bit channels; CR LF, Ctrl-Z and a lone LF against text conversion.
inline constexpr std::string_view frame_magic{"\x89MKF\r\n\x1A\n", 8};

/// A type that is not listed is skipped by readers, but counts among the frames of its batch.
enum class FrameType : std::uint8_t {
    block = 1,
    blob = 2,
    manifest = 3,
    event = 4,
    commit = 7,
    seal = 8,
    records = 10,
    history = 11,
    contents = 12,
    index = 13,
    header = 14,  ///< of the file, again; open even in an encrypted one
};

/// Bits of FrameHeader::flags.
inline constexpr std::uint8_t compressed_flag = 0x01;
inline constexpr std::uint8_t encrypted_flag = 0x02;

struct FrameHeader {
    FrameType type{};
    std::uint8_t flags = 0;
    std::uint16_t dict_id = 0;
    std::uint32_t stored = 0;
    std::uint32_t raw = 0;
    std::uint64_t seq = 0;  ///< place among the frames of the file, from 0

    [[nodiscard]] std::uint64_t total() const { return std::uint64_t{stored} + frame_overhead; }

    friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

using Tag = std::array<char, tag_size>;

[[nodiscard]] std::string encode(const FrameHeader& header);
/// Nothing unless these are the 32 octets of a header: magic, check, sizes under the cap.
[[nodiscard]] std::optional<FrameHeader> decode_frame_header(std::string_view octets);

/// What a frame holds, compressed where that makes it smaller.
struct Payload {
    std::string stored;
    std::size_t raw = 0;  ///< octets
    bool is_compressed = false;

    [[nodiscard]] static Payload of(std::string_view raw, Compressor& compressor);
};

/// Whether the tag of a frame must be right before its payload is given. Who compares the SHA-256
/// of a message anyway need not have it hashed twice; an encrypted frame never opens without its
/// tag.
enum class Trust { message_is_checked, only_tags };

/// How the frames of one file are closed and opened: with a checksum, or encrypted when the archive
/// has a key. Then a frame opens only in its own file, at its own place and as what it was: each
/// file has a key of its own, the seq is the nonce, and header and both uuids are authenticated.
/// HEADER frames have a checksum in any file: they are for whoever lacks the uuid. Any thread.
class FrameCodec {
  public:
    /// Without a key, for a file whose header is not known.
    FrameCodec() = default;
    /// uuids of 16 octets; and the archive's key.
    FrameCodec(std::string_view archive_uuid, std::string_view file_uuid, const DataKey& key);
    ~FrameCodec();
    FrameCodec(const FrameCodec&) = default;
    FrameCodec& operator=(const FrameCodec&) = default;

    [[nodiscard]] const std::string& file_uuid() const { return file_uuid_; }

    [[nodiscard]] bool is_encrypted() const { return !file_key_.empty(); }

    /// Whether it uses no flags and no dictionary unknown to us.
    [[nodiscard]] bool knows(const FrameHeader& header) const;

    /// A whole frame. Requires: raw.size() <= max_payload; no other frame of the file has this seq.
    [[nodiscard]] std::string make(FrameType type, std::uint64_t seq, std::string_view raw,
                                   Compressor& compressor) const;
    /// The same. Requires: the payload is one of Payload::of.
    [[nodiscard]] std::string make(FrameType type, std::uint64_t seq, const Payload& payload) const;
    [[nodiscard]] bool is_intact(const FrameHeader& header, std::string_view stored,
                                 const Tag& tag) const;
    /// The payload decrypted but still compressed; nothing when it is not intact.
    [[nodiscard]] std::optional<std::string> unlock(const FrameHeader& header,
                                                    std::string_view stored, const Tag& tag) const;
    /// The raw payload; nothing when it is not intact, or uses flags or a dictionary unknown to us.
    /// `room` as in decompress.
    [[nodiscard]] std::optional<std::string> open(const FrameHeader& header,
                                                  std::string_view stored, const Tag& tag,
                                                  Trust trust = Trust::only_tags,
                                                  std::string room = {}) const;

  private:
    [[nodiscard]] std::string close(FrameType type, std::uint64_t seq, std::string_view stored,
                                    std::size_t raw, bool is_compressed) const;

    [[nodiscard]] bool encrypts(FrameType type) const {
        return is_encrypted() && type != FrameType::header;
    }

    std::string uuids_;  // archive || file, authenticated with each frame
    std::string file_uuid_;
    std::string file_key_;
};

enum class FileKind { journal, pack };

/// Bit of FileHeader::flags.
inline constexpr std::uint16_t encrypted_file_flag = 0x0001;

struct FileHeader {
    FileKind kind = FileKind::journal;
    std::uint16_t version = format_version;
    std::uint16_t flags = 0;
    std::string archive_uuid;  ///< 16 octets
    std::string file_uuid;     ///< 16 octets
    std::uint32_t epoch = 0;
    std::uint32_t n = 0;
    std::uint64_t batch_before = 0;

    friend bool operator==(const FileHeader&, const FileHeader&) = default;
};

[[nodiscard]] std::string encode(const FileHeader& header);
/// Nothing unless these are the 64 octets of a header: magic of either kind and check.
[[nodiscard]] std::optional<FileHeader> decode_file_header(std::string_view octets);

/// "01234567-89ab-4def-8123-456789abcdef". Requires: 16 octets.
[[nodiscard]] std::string uuid_text(std::string_view octets);
/// A random one (RFC 9562, version 4), as 16 octets.
[[nodiscard]] std::string make_uuid();

}  // namespace mailkeep::archive
