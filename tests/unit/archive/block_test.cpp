// SPDX-License-Identifier: Apache-2.0
#include "block.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mailkeep::archive {
namespace {

const std::string repetitive(10'000, 'a');

std::string noise(std::size_t size) {
    std::mt19937 random(1);
    std::string octets;
    for (std::size_t i = 0; i < size; ++i) {
        octets.push_back(static_cast<char>(random()));
    }
    return octets;
}

std::optional<std::string> compress(std::string_view raw, int least_gain = 0) {
    Compressor compressor(3, least_gain);
    const auto stored = compressor.compress(raw);
    return stored ? std::optional<std::string>(*stored) : std::nullopt;
}

TEST(Block, gives_back_what_it_compressed) {
    const auto stored = compress(repetitive);
    ASSERT_TRUE(stored);
    EXPECT_LT(stored->size(), repetitive.size() / 10);
    EXPECT_EQ(decompress(*stored, repetitive.size()), repetitive);
}

TEST(Block, leaves_alone_what_does_not_get_shorter) {
    EXPECT_FALSE(compress(noise(10'000)));
    EXPECT_FALSE(compress(std::string(511, 'a')));
    EXPECT_FALSE(compress(""));
}

TEST(Block, leaves_alone_what_does_not_gain_enough) {
    const auto raw = noise(9'000) + std::string(1'000, 'a');
    EXPECT_TRUE(compress(raw, 5));
    EXPECT_FALSE(compress(raw, 15));
}

TEST(Block, compresses_with_one_context_again_and_again) {
    Compressor compressor(9, 0);
    for (const std::size_t size : {600U, 100'000U, 512U}) {
        const std::string raw(size, 'a');
        const auto stored = compressor.compress(raw);
        ASSERT_TRUE(stored) << size;
        EXPECT_EQ(decompress(*stored, size), raw);
    }
}

TEST(Block, refuses_every_other_size_than_the_one_announced) {
    const auto stored = compress(repetitive);
    EXPECT_FALSE(decompress(*stored, repetitive.size() - 1));
    EXPECT_FALSE(decompress(*stored, repetitive.size() + 1));
    EXPECT_FALSE(decompress(*stored, 0));
}

TEST(Block, refuses_every_truncated_prefix) {
    const auto stored = compress(repetitive);
    for (std::size_t size = 0; size < stored->size(); ++size) {
        EXPECT_FALSE(decompress(stored->substr(0, size), repetitive.size())) << size;
    }
}

TEST(Block, refuses_noise) {
    EXPECT_FALSE(decompress(noise(1000), 5000));
}

/// All that comes out when stored octets go in piece by piece.
std::optional<std::string> in_pieces(std::string_view stored, std::size_t raw_size,
                                     std::size_t wanted) {
    Decompressor decompressor(raw_size);
    std::string raw;
    for (std::size_t at = 0; at < stored.size() && raw.size() < wanted; at += 100) {
        auto piece = stored.substr(at, 100);
        const auto got = decompressor.reach(wanted, piece);
        if (!got)
            return std::nullopt;
        raw = *got;
    }
    return raw;
}

TEST(Block, decompresses_piece_by_piece) {
    std::string raw;
    for (int i = 0; i < 50'000; ++i) {
        raw += std::to_string(i);
    }
    Compressor compressor(9, 0);
    const auto stored = compressor.compress(raw);
    ASSERT_TRUE(stored);
    EXPECT_EQ(in_pieces(*stored, raw.size(), raw.size()), raw);
    const auto half = stored->substr(0, stored->size() / 2);
    EXPECT_LT(in_pieces(half, raw.size(), raw.size())->size(), raw.size());
    std::string broken(*stored);
    broken[0] = 'x';
    EXPECT_FALSE(in_pieces(broken, raw.size(), raw.size()));
    EXPECT_FALSE(in_pieces(*stored, raw.size() - 1, raw.size() - 1)) << "no room for all";
}

/// Of text that every letter of is as likely, so that zstd can only count letters.
std::string text(std::size_t size) {
    auto raw = noise(size);
    for (auto& octet : raw) {
        octet = static_cast<char>('a' + (octet & 7));
    }
    return raw;
}

TEST(Block, gives_what_is_right_in_front_of_and_around_damage) {
    const auto raw = text(400'000);
    auto stored = compress(raw).value();
    stored[stored.size() / 2] = static_cast<char>(stored[stored.size() / 2] ^ 1);
    Decompressor decompressor(raw.size());
    std::string_view rest = stored;
    const auto front = decompressor.reach(raw.size() / 4, rest);
    ASSERT_TRUE(front);
    EXPECT_TRUE(raw.starts_with(*front));
    EXPECT_FALSE(decompress(stored, raw.size())) << "as a whole it is damaged";
}

TEST(Block, gives_octets_of_a_frame_whose_sum_is_wrong) {
    const auto raw = text(10'000);
    auto stored = compress(raw).value();
    stored.back() = static_cast<char>(stored.back() ^ 1);
    EXPECT_EQ(in_pieces(stored, raw.size(), raw.size()), raw);
    EXPECT_FALSE(decompress(stored, raw.size()));
}

TEST(Block, decompresses_no_more_than_is_wanted_and_a_little) {
    const auto raw = text(2'000'000);
    const auto stored = compress(raw);
    ASSERT_TRUE(stored);
    const auto front = in_pieces(*stored, raw.size(), 10);
    ASSERT_TRUE(front);
    EXPECT_TRUE(raw.starts_with(*front));
    EXPECT_GE(front->size(), 10U);
    EXPECT_LT(front->size(), raw.size() / 2);
}

}  // namespace
}  // namespace mailkeep::archive
