// SPDX-License-Identifier: Apache-2.0
// What is remembered between reads: decoded blocks, and which file may hold what.
#include "block_cache.hpp"
#include "id_index.hpp"

#include <gtest/gtest.h>

namespace mailkeep::archive {
namespace {

CachedBlock block(std::uint64_t frame, std::size_t size) {
    return {frame, frame + size, std::string(size, 'x')};
}

TEST(BlockCache, gives_a_block_to_one_at_a_time) {
    BlockCache cache(1000);
    cache.put("a", block(64, 10));
    EXPECT_EQ(cache.take("b", 64).frame, 0U);
    const auto taken = cache.take("a", 64);
    EXPECT_EQ(taken.frame, 64U);
    EXPECT_EQ(taken.end, 74U);
    EXPECT_EQ(taken.raw.size(), 10U);
    EXPECT_EQ(cache.take("a", 64).frame, 0U);
}

TEST(BlockCache, forgets_what_was_used_longest_ago) {
    BlockCache cache(1000);
    for (std::uint64_t frame = 1; frame <= 5; ++frame) {
        cache.put("a", block(frame, 200));
    }
    cache.put("a", cache.take("a", 1));
    cache.put("a", block(6, 200));
    EXPECT_EQ(cache.take("a", 1).frame, 1U);
    EXPECT_EQ(cache.take("a", 2).frame, 0U);
    EXPECT_EQ(cache.take("a", 3).frame, 3U);
}

TEST(BlockCache, takes_no_empty_and_no_huge_block) {
    BlockCache cache(1000);
    cache.put("a", {});
    cache.put("a", block(64, 900));
    EXPECT_EQ(cache.take("a", 0).frame, 0U);
    EXPECT_EQ(cache.take("a", 64).frame, 0U);
}

TEST(BlockCache, gives_the_memory_of_the_oldest_when_it_is_full) {
    BlockCache cache(1000);
    for (std::uint64_t frame = 1; frame <= 4; ++frame) {
        cache.put("a", block(frame, 200));
        EXPECT_TRUE(cache.room().empty());
    }
    cache.put("a", block(5, 200));
    EXPECT_EQ(cache.room().size(), 200U);
    EXPECT_EQ(cache.take("a", 1).frame, 0U);
    EXPECT_EQ(cache.take("a", 2).frame, 2U);
}

TEST(BlockCache, knows_what_was_asked_for_lately) {
    BlockCache cache(1000);
    EXPECT_FALSE(cache.was_wanted("a", 64));
    EXPECT_TRUE(cache.was_wanted("a", 64));
    EXPECT_FALSE(cache.was_wanted("b", 64));
    for (std::uint64_t frame = 1; frame <= 64; ++frame) {
        EXPECT_FALSE(cache.was_wanted("c", frame));
    }
    EXPECT_FALSE(cache.was_wanted("a", 64));
}

TEST(IdIndex, finds_the_files_of_an_id_whenever_they_were_added) {
    IdIndex index;
    EXPECT_TRUE(index.find(sha256("a")).empty());
    index.add(sha256("a"), 7);
    index.add(sha256("b"), 1);
    EXPECT_EQ(index.find(sha256("a")), (std::vector<std::uint32_t>{7}));
    index.add(sha256("a"), 2);
    index.add(sha256("a"), 7);
    EXPECT_EQ(index.find(sha256("a")), (std::vector<std::uint32_t>{2, 7}));
    EXPECT_EQ(index.find(sha256("b")), (std::vector<std::uint32_t>{1}));
    EXPECT_TRUE(index.find(sha256("c")).empty());
}

}  // namespace
}  // namespace mailkeep::archive
