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

Digest leaf(std::uint64_t number) {
    return leaf_hash(std::to_string(number));
}

class TilesTest : public testing::Test {
  protected:
    /// Makes the tree longer in one go.
    void grow(std::uint64_t from, std::uint64_t to) {
        Tiles tiles(disk_, folder_.path(), from);
        TileWriter writer(disk_, reserve_, tiles, folder_.path());
        for (auto number = from; number < to; ++number) {
            writer.add(leaf(number));
        }
        writer.finish();
        writer.remove_outgrown();
        EXPECT_EQ(writer.size(), to);
    }

    Digest root(std::uint64_t size) {
        Tiles tiles(disk_, folder_.path(), size);
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

TEST_F(TilesTest, of_a_shorter_tree_are_read_beside_a_writer) {
    grow(0, 10);
    grow(10, 300);
    EXPECT_EQ(root(10), expected_root(10));
    EXPECT_FALSE(fs::exists(folder_ / "tile/0/000.p"));
}

TEST_F(TilesTest, that_a_crash_left_do_not_count) {
    grow(0, 10);
    grow(10, 600);
    // As after a crash before the longer tree was signed: all is made again, with another end.
    grow(10, 500);
    EXPECT_EQ(root(500), expected_root(500));
}

TEST_F(TilesTest, that_are_torn_or_missing_are_named) {
    grow(0, 300);
    put_octets(folder_ / "tile/0/000", std::string(255 * 32, 'x'));
    const auto torn = error_of([&] { static_cast<void>(root(3)); });
    EXPECT_EQ(torn->code(), Errc::corrupt);
    EXPECT_THAT(torn->what(), testing::HasSubstr("log/tile/0/000.p/3"));
    fs::remove(folder_ / "tile/0/001.p/44");
    EXPECT_THAT(error_of([&] { static_cast<void>(root(300)); })->what(),
                testing::HasSubstr("log/tile/0/001.p/44"));
}

}  // namespace
}  // namespace mailkeep::archive
