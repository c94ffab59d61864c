// SPDX-License-Identifier: Apache-2.0
#include "archive_fixture.hpp"
#include "tiles.hpp"

namespace mailkeep::archive {
namespace {

TEST(Tiles, lie_where_tlog_tiles_says) {
    EXPECT_EQ(tile_path(0, 0, 256), "tile/0/000");
    EXPECT_EQ(tile_path(0, 5, 1), "tile/0/005.p/1");
    EXPECT_EQ(tile_path(1, 1234, 256), "tile/1/x001/234");
    EXPECT_EQ(tile_path(2, 1234067, 255), "tile/2/x001/x234/067.p/255");
}

TEST(Tiles, are_known_by_their_path) {
    for (const auto& [level, number, width] :
         {std::tuple(0U, 0U, 256U), {0, 5, 1}, {1, 1234, 256}, {2, 1234067, 255}}) {
        const auto tile = tile_in(tile_path(level, number, width)).value();
        EXPECT_EQ(tile.level, level);
        EXPECT_EQ(tile.number, number);
        EXPECT_EQ(tile.width, width);
    }
    for (const auto* const path : {"", "checkpoint", "tile/0", "tile/0/000.new", "tile/0/00",
                                   "tile/0/000.p/x", "tile/0/000.p", "tile/9/000", "tile/x/000"}) {
        EXPECT_EQ(tile_in(path).has_value(), false) << path;
    }
}

TEST(Tiles, are_outgrown_once_longer_ones_or_the_archive_have_what_is_in_them) {
    EXPECT_TRUE(is_outgrown({0, 0, 44}, 45));
    EXPECT_FALSE(is_outgrown({0, 0, 44}, 44));
    EXPECT_FALSE(is_outgrown({0, 0, 44}, 43));
    EXPECT_TRUE(is_outgrown({0, 1, 256}, 512));
    EXPECT_FALSE(is_outgrown({0, 1, 256}, 511));
    EXPECT_TRUE(is_outgrown({1, 0, 1}, 512));
    EXPECT_FALSE(is_outgrown({1, 0, 1}, 511));
    EXPECT_FALSE(is_outgrown({1, 0, 256}, 1U << 20));
}

Digest leaf(std::uint64_t number) {
    return leaf_hash(std::to_string(number));
}

std::optional<std::string> leaves(std::uint64_t first, std::uint64_t count) {
    std::string hashes;
    for (auto number = first; number < first + count; ++number) {
        hashes += leaf(number).view();
    }
    return hashes;
}

class TilesTest : public testing::Test {
  protected:
    /// Makes the tree longer in one go.
    void grow(std::uint64_t from, std::uint64_t to) { write(from, to).remove_outgrown(); }

    /// As it stands before the longer tree is signed.
    TileWriter write(std::uint64_t from, std::uint64_t to) {
        Tiles tiles(disk_, folder_.path(), from);
        TileWriter writer(disk_, reserve_, tiles, folder_.path());
        for (auto number = from; number < to; ++number) {
            writer.add(leaf(number));
        }
        writer.finish();
        EXPECT_EQ(writer.size(), to);
        EXPECT_EQ(writer.root(), expected_root(to));
        return writer;
    }

    Digest root(std::uint64_t size, const MakeLeaves& make_leaves = leaves) {
        Tiles tiles(disk_, folder_.path(), size, make_leaves);
        return tree_root(size, tiles.subtrees());
    }

    static Digest expected_root(std::uint64_t size) {
        RunningRoot root;
        for (std::uint64_t number = 0; number < size; ++number) {
            root.add(leaf(number));
        }
        return root.root();
    }

    test::TempDir folder_;
    HastyDisk disk_;
    Reserve reserve_{folder_.path()};
};

TEST_F(TilesTest, hold_the_same_tree_however_it_grew) {
    std::uint64_t before = 0;
    for (const std::uint64_t size : {1, 2, 255, 256, 257, 511, 700, 1024, 70000}) {
        grow(before, size);
        ASSERT_EQ(root(size), expected_root(size)) << size;
        before = size;
    }
    EXPECT_TRUE(fs::exists(folder_ / "tile/2/000.p/1"));
    EXPECT_EQ(root(300), expected_root(300));
}

TEST_F(TilesTest, are_not_kept_once_they_are_full_of_leaves) {
    grow(0, 300);
    grow(300, 600);
    EXPECT_FALSE(fs::exists(folder_ / "tile/0/000"));
    EXPECT_FALSE(fs::exists(folder_ / "tile/0/001.p"));
    EXPECT_TRUE(fs::exists(folder_ / "tile/0/002.p/88"));
    EXPECT_TRUE(full_leaf_tiles(folder_.path()).empty());
    put_octets(folder_ / "tile/0/001", *leaves(256, 256));
    EXPECT_EQ(full_leaf_tiles(folder_.path()), std::set<std::uint64_t>{1});
    EXPECT_EQ(root(300, {}), expected_root(300));
    EXPECT_EQ(root(600, {}), expected_root(600));
}

TEST_F(TilesTest, that_are_made_again_have_the_root_that_the_level_above_says) {
    grow(0, 300);
    const auto others = [](std::uint64_t first, std::uint64_t count) {
        return leaves(first + 1, count);
    };
    Tiles tiles(disk_, folder_.path(), 300, others);
    EXPECT_EQ(tiles.find_tile(0, 0), nullptr);
    const auto failure = error_of([&] { static_cast<void>(tiles.hash(0, 7)); });
    EXPECT_EQ(failure->code(), Errc::corrupt);
    EXPECT_THAT(failure->what(), testing::HasSubstr("log entries 0 to 255"));
}

TEST_F(TilesTest, of_a_shorter_tree_are_read_beside_a_writer) {
    grow(0, 10);
    grow(10, 300);
    EXPECT_EQ(root(10), expected_root(10));
    EXPECT_FALSE(fs::exists(folder_ / "tile/0/000.p"));
}

TEST_F(TilesTest, that_a_crash_left_do_not_count) {
    grow(0, 10);
    static_cast<void>(write(10, 600));
    // All is made again, with another end.
    grow(10, 500);
    EXPECT_EQ(root(500), expected_root(500));
}

TEST_F(TilesTest, that_are_torn_or_missing_are_named) {
    grow(0, 300);
    put_octets(folder_ / "tile/1/000.p/1", std::string(31, 'x'));
    const auto torn = error_of([&] { static_cast<void>(root(300)); });
    EXPECT_EQ(torn->code(), Errc::corrupt);
    EXPECT_THAT(torn->what(), testing::HasSubstr("log/tile/1/000.p/1"));
    put_octets(folder_ / "tile/1/000.p/1", std::string(32, 'x'));
    fs::remove(folder_ / "tile/0/001.p/44");
    EXPECT_THAT(error_of([&] { static_cast<void>(root(300, {})); })->what(),
                testing::HasSubstr("log/tile/0/001.p/44"));
}

}  // namespace
}  // namespace mailkeep::archive
