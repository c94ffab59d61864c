// SPDX-License-Identifier: Apache-2.0
#include "block.hpp"

#include <gtest/gtest.h>

#include <random>

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

}  // namespace
}  // namespace mailkeep::archive
