// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "frame.hpp"

#include <gtest/gtest.h>

namespace mailkeep::archive {
namespace {

const FrameHeader frame_header{.type = FrameType::event,
                               .flags = 1,
                               .dict_id = 0x0203,
                               .stored = 0x00040506,
                               .raw = 0x00070809,
                               .seq = 0x1122334455667788};

const FileHeader file_header{.archive_uuid = "0123456789abcdef",
                             .file_uuid = "ghijklmnopqrstuv",
                             .epoch = 1,
                             .n = 2,
                             .batch_before = 3};

std::string with_bit_flipped(std::string octets, std::size_t bit) {
    octets[bit / 8] = static_cast<char>(octets[bit / 8] ^ (1 << (bit % 8)));
    return octets;
}

TEST(FrameHeader, stands_as_documented) {
    const auto octets = encode(frame_header);
    EXPECT_EQ(to_hex(octets).substr(0, 56),
              "894d4b460d0a1a0a"
              "04"
              "01"
              "0302"
              "06050400"
              "09080700"
              "8877665544332211");
    EXPECT_EQ(octets.size(), frame_header_size);
    EXPECT_EQ(octets.substr(28), sha256(octets.substr(0, 28)).view().substr(0, 4));
    EXPECT_EQ(decode_frame_header(octets), frame_header);
}

TEST(FrameHeader, is_refused_with_any_bit_flipped) {
    const auto octets = encode(frame_header);
    for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
        EXPECT_FALSE(decode_frame_header(with_bit_flipped(octets, bit))) << bit;
    }
}

TEST(FrameHeader, is_refused_when_too_short_or_too_long) {
    const auto octets = encode(frame_header);
    for (std::size_t size = 0; size < octets.size(); ++size) {
        EXPECT_FALSE(decode_frame_header(octets.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_frame_header(octets + '\0'));
}

TEST(FrameHeader, may_not_announce_more_than_the_cap) {
    auto header = frame_header;
    header.stored = max_payload + 1;
    EXPECT_FALSE(decode_frame_header(encode(header)));
    header = frame_header;
    header.raw = max_payload + 1;
    EXPECT_FALSE(decode_frame_header(encode(header)));
}

constexpr std::string_view own_uuid = "0123456789abcdef";
constexpr std::string_view file_uuid = "ghijklmnopqrstuv";
const DataKey data_key(std::string(DataKey::size, 'k'));

/// A frame taken apart as a reader finds it.
struct Parts {
    FrameHeader header;
    std::string stored;
    Tag tag{};
};

Parts parts_of(const std::string& frame) {
    Parts parts{.header = decode_frame_header(frame.substr(0, frame_header_size)).value(),
                .stored = {}};
    EXPECT_EQ(parts.header.total(), frame.size());
    parts.stored = frame.substr(frame_header_size, parts.header.stored);
    std::copy(frame.end() - tag_size, frame.end(), parts.tag.begin());
    return parts;
}

std::string made(const FrameCodec& codec, std::string_view raw, std::uint64_t seq = 5) {
    Compressor compressor(3, 0);
    return codec.make(FrameType::block, seq, raw, compressor);
}

std::optional<std::string> opened(const FrameCodec& codec, const Parts& parts) {
    const auto raw = codec.open(parts.header, parts.stored, parts.tag);
    EXPECT_EQ(codec.is_intact(parts.header, parts.stored, parts.tag), raw.has_value());
    return raw;
}

const FrameCodec plain(own_uuid, file_uuid, DataKey());
const FrameCodec encrypted(own_uuid, file_uuid, data_key);

TEST(Frame, gives_back_its_payload_compressed_or_not_encrypted_or_not) {
    for (const auto& raw : {std::string(), std::string("short"), std::string(5000, 'x')}) {
        for (const auto* codec : {&plain, &encrypted}) {
            const auto parts = parts_of(made(*codec, raw));
            EXPECT_EQ(parts.header.seq, 5U);
            EXPECT_EQ(opened(*codec, parts), raw);
        }
    }
}

TEST(Frame, carries_a_checksum_of_header_and_payload) {
    const auto frame = made(plain, "short");
    const auto checksum = sha256(frame.substr(0, frame.size() - tag_size));
    EXPECT_EQ(frame.substr(frame.size() - tag_size), checksum.view().substr(0, tag_size));
}

TEST(Frame, shows_nothing_of_an_encrypted_payload) {
    const std::string raw = "nobody may read this";
    EXPECT_NE(made(plain, raw).find(raw), std::string::npos);
    EXPECT_EQ(made(encrypted, raw).find(raw), std::string::npos);
}

TEST(Frame, is_refused_with_any_bit_flipped) {
    for (const auto* codec : {&plain, &encrypted}) {
        const auto frame = made(*codec, "short");
        for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
            const auto flipped = with_bit_flipped(frame, bit);
            if (decode_frame_header(flipped.substr(0, frame_header_size))) {
                EXPECT_FALSE(opened(*codec, parts_of(flipped))) << bit;
            }
        }
    }
}

TEST(Frame, opens_only_under_its_own_key_in_its_own_file_of_its_own_archive) {
    const auto parts = parts_of(made(encrypted, "short"));
    const DataKey other_key(std::string(DataKey::size, 'x'));
    EXPECT_FALSE(opened(FrameCodec(own_uuid, file_uuid, other_key), parts));
    EXPECT_FALSE(opened(FrameCodec(own_uuid, own_uuid, data_key), parts));
    EXPECT_FALSE(opened(FrameCodec(file_uuid, file_uuid, data_key), parts));
    EXPECT_FALSE(opened(plain, parts));
    EXPECT_TRUE(opened(FrameCodec(own_uuid, file_uuid, data_key), parts));
}

/// The same octets twice give the same ciphertext only under the same key and nonce.
TEST(Frame, has_a_nonce_of_its_own_at_each_place_and_a_key_of_its_own_in_each_file) {
    const std::string raw(64, 'x');
    const auto ciphertext = [&](const FrameCodec& codec, std::uint64_t seq) {
        return parts_of(made(codec, raw, seq)).stored;
    };
    const auto first = ciphertext(encrypted, 5);
    EXPECT_EQ(ciphertext(encrypted, 5), first);
    for (const auto seq : {0ULL, 4ULL, 6ULL, 5ULL << 8, 5ULL << 32, 5ULL << 56}) {
        EXPECT_NE(ciphertext(encrypted, seq), first) << seq;
    }
    EXPECT_NE(ciphertext(FrameCodec(own_uuid, own_uuid, data_key), 5), first);
}

TEST(Frame, opens_only_at_its_own_place_and_as_what_it_was) {
    auto parts = parts_of(made(encrypted, "short"));
    parts.header.seq = 6;
    EXPECT_FALSE(opened(encrypted, parts));
    parts.header.seq = 5;
    parts.header.type = FrameType::event;
    EXPECT_FALSE(opened(encrypted, parts));
}

TEST(Frame, opens_only_at_its_full_length) {
    for (const auto* codec : {&plain, &encrypted}) {
        const auto whole = parts_of(made(*codec, "short"));
        for (std::size_t size = 0; size < whole.stored.size() + 3; ++size) {
            auto parts = whole;
            parts.stored.resize(size);
            parts.header.stored = static_cast<std::uint32_t>(size);
            EXPECT_EQ(opened(*codec, parts).has_value(), size == whole.stored.size()) << size;
        }
    }
}

TEST(Frame, of_an_unencrypted_file_is_nothing_to_one_that_is) {
    EXPECT_FALSE(opened(encrypted, parts_of(made(plain, "short"))));
}

TEST(Frame, of_type_header_needs_no_key) {
    Compressor compressor(3, 0);
    const auto parts =
        parts_of(encrypted.make(FrameType::header, 5, encode(file_header), compressor));
    EXPECT_EQ(opened(encrypted, parts), encode(file_header));
    EXPECT_EQ(opened(FrameCodec(), parts), encode(file_header));
}

TEST(Frame, is_not_opened_with_flags_or_dictionaries_unknown_to_us) {
    const auto open_with = [](FrameHeader header) {
        const auto checksum = sha256(encode(header) + "x");
        Tag tag{};
        std::copy_n(checksum.view().begin(), tag.size(), tag.begin());
        EXPECT_TRUE(plain.is_intact(header, "x", tag));
        return plain.open(header, "x", tag);
    };
    EXPECT_TRUE(open_with({.stored = 1, .raw = 1}));
    EXPECT_FALSE(open_with({.flags = 4, .stored = 1, .raw = 1}));
    EXPECT_FALSE(open_with({.flags = 2, .stored = 1, .raw = 1}));
    EXPECT_FALSE(open_with({.dict_id = 1, .stored = 1, .raw = 1}));
    EXPECT_FALSE(open_with({.stored = 1, .raw = 2}));
}

TEST(Frame, refuses_a_payload_above_the_cap) {
    EXPECT_THROW(static_cast<void>(made(plain, std::string(max_payload + 1, 'x'))), Error);
}

TEST(FileHeader, stands_as_documented) {
    const auto octets = encode(file_header);
    EXPECT_EQ(octets.size(), file_header_size);
    EXPECT_EQ(to_hex(octets.substr(0, 12)), "894d4b4a0d0a1a0a01000000");
    EXPECT_EQ(octets.substr(12, 32), "0123456789abcdefghijklmnopqrstuv");
    EXPECT_EQ(to_hex(octets.substr(44, 16)),
              "01000000"
              "02000000"
              "0300000000000000");
    EXPECT_EQ(decode_file_header(octets), file_header);
}

TEST(FileHeader, tells_a_journal_from_a_pack) {
    auto header = file_header;
    header.kind = FileKind::pack;
    const auto octets = encode(header);
    EXPECT_EQ(to_hex(octets.substr(0, 8)), "894d4b500d0a1a0a");
    EXPECT_EQ(decode_file_header(octets), header);
}

TEST(FileHeader, is_refused_with_any_bit_flipped_or_cut_short) {
    const auto octets = encode(file_header);
    for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
        EXPECT_FALSE(decode_file_header(with_bit_flipped(octets, bit))) << bit;
    }
    for (std::size_t size = 0; size < octets.size(); ++size) {
        EXPECT_FALSE(decode_file_header(octets.substr(0, size))) << size;
    }
}

TEST(Uuid, is_random_of_version_4) {
    const auto uuid = uuid_text(make_uuid());
    ASSERT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    EXPECT_NE(uuid, uuid_text(make_uuid()));
}

}  // namespace
}  // namespace mailkeep::archive
