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

TEST(Frame, gives_back_its_payload_compressed_or_not) {
    for (const auto& raw : {std::string(), std::string("short"), std::string(5000, 'x')}) {
        const auto frame = make_frame(FrameType::block, 5, raw);
        const auto header = decode_frame_header(frame.substr(0, frame_header_size));
        ASSERT_TRUE(header);
        EXPECT_EQ(header->total(), frame.size());
        EXPECT_EQ(header->seq, 5U);
        const auto stored = frame.substr(frame_header_size, header->stored);
        EXPECT_EQ(open_payload(*header, stored), raw);
        const auto tag = tag_of(frame.substr(0, frame_header_size), stored);
        EXPECT_EQ(frame.substr(frame.size() - tag_size), std::string(tag.data(), tag.size()));
    }
}

TEST(Frame, is_not_opened_with_flags_or_dictionaries_unknown_to_us) {
    EXPECT_FALSE(open_payload({.flags = 2, .stored = 1, .raw = 1}, "x"));
    EXPECT_FALSE(open_payload({.dict_id = 1, .stored = 1, .raw = 1}, "x"));
    EXPECT_FALSE(open_payload({.stored = 1, .raw = 2}, "x"));
}

TEST(Frame, refuses_a_payload_above_the_cap) {
    EXPECT_THROW(
        static_cast<void>(make_frame(FrameType::block, 0, std::string(max_payload + 1, 'x'))),
        Error);
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
