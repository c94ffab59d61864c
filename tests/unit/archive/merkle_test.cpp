// SPDX-License-Identifier: Apache-2.0
// Answers known from the test data of Certificate Transparency; tests/tools/merkle_vectors.sh makes
// them with sha256sum alone.
#include "mailkeep/base/text.hpp"

#include "merkle.hpp"

#include <gtest/gtest.h>

namespace mailkeep::archive {
namespace {

const std::vector<std::string> leaves{"",
                                      "00",
                                      "10",
                                      "2021",
                                      "3031",
                                      "40414243",
                                      "5051525354555657",
                                      "606162636465666768696a6b6c6d6e6f"};

const std::vector<std::string> roots{
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

Digest leaf(std::uint64_t index) {
    return leaf_hash(*from_hex(leaves[index % leaves.size()]) +
                     std::string(index / leaves.size(), '+'));
}

Digest subtree(unsigned level, std::uint64_t index) {
    return level == 0 ? leaf(index)
                      : node_hash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1));
}

std::vector<std::string> hex(const std::vector<Digest>& path) {
    std::vector<std::string> text;
    for (const auto& digest : path) {
        text.push_back(digest.hex());
    }
    return text;
}

using Path = std::vector<std::string>;

TEST(Merkle, roots_are_those_of_certificate_transparency) {
    RunningRoot running;
    for (std::uint64_t size = 0; size <= 8; ++size) {
        EXPECT_EQ(tree_root(size, subtree).hex(), roots[size]);
        EXPECT_EQ(running.root().hex(), roots[size]);
        running.add(leaf(size));
    }
}

TEST(Merkle, inclusion_paths_are_those_of_certificate_transparency) {
    EXPECT_EQ(hex(inclusion_path(0, 1, subtree)), Path{});
    EXPECT_EQ(hex(inclusion_path(0, 8, subtree)),
              (Path{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
    EXPECT_EQ(hex(inclusion_path(5, 8, subtree)),
              (Path{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
    EXPECT_EQ(hex(inclusion_path(2, 3, subtree)),
              Path{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"});
    EXPECT_EQ(hex(inclusion_path(1, 5, subtree)),
              (Path{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

TEST(Merkle, consistency_paths_are_those_of_certificate_transparency) {
    EXPECT_EQ(hex(consistency_path(8, 8, subtree)), Path{});
    EXPECT_EQ(hex(consistency_path(1, 8, subtree)),
              (Path{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
    EXPECT_EQ(hex(consistency_path(6, 8, subtree)),
              (Path{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
    EXPECT_EQ(hex(consistency_path(2, 5, subtree)),
              (Path{"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

/// The list of all ways to spoil a path: one hash changed, one left out, one added.
std::vector<std::vector<Digest>> spoilt(const std::vector<Digest>& path) {
    std::vector<std::vector<Digest>> all;
    for (std::size_t i = 0; i < path.size(); ++i) {
        all.push_back(path);
        all.back()[i].octets[31] ^= 1;
        all.push_back(path);
        all.back().erase(all.back().begin() + static_cast<std::ptrdiff_t>(i));
    }
    all.push_back(path);
    all.back().push_back(leaf(0));
    return all;
}

TEST(Merkle, an_inclusion_path_proves_its_own_leaf_place_and_root_only) {
    for (std::uint64_t size = 1; size <= 20; ++size) {
        const auto root = tree_root(size, subtree);
        for (std::uint64_t index = 0; index < size; ++index) {
            const auto path = inclusion_path(index, size, subtree);
            EXPECT_TRUE(is_included(leaf(index), index, size, path, root));
            EXPECT_FALSE(is_included(leaf(size), index, size, path, root));
            EXPECT_FALSE(is_included(leaf(index), size, size, path, root));
            EXPECT_FALSE(is_included(leaf(index), index, size, path, leaf(99)));
            for (std::uint64_t other = 0; other < size; ++other) {
                EXPECT_EQ(is_included(leaf(index), other, size, path, root), other == index);
            }
            for (const auto& wrong : spoilt(path)) {
                EXPECT_FALSE(is_included(leaf(index), index, size, wrong, root));
            }
        }
    }
}

TEST(Merkle, a_consistency_path_proves_its_own_two_trees_only) {
    for (std::uint64_t size = 1; size <= 20; ++size) {
        const TreeHead later{size, tree_root(size, subtree)};
        for (std::uint64_t earlier = 1; earlier <= size; ++earlier) {
            const TreeHead before{earlier, tree_root(earlier, subtree)};
            const auto path = consistency_path(earlier, size, subtree);
            EXPECT_TRUE(is_consistent(before, later, path)) << earlier << " " << size;
            EXPECT_FALSE(is_consistent({earlier, leaf(99)}, later, path));
            EXPECT_FALSE(is_consistent(before, {size, leaf(99)}, path));
            for (const auto& wrong : spoilt(path)) {
                EXPECT_FALSE(is_consistent(before, later, wrong)) << earlier << " " << size;
            }
        }
    }
    EXPECT_FALSE(is_consistent({}, {1, tree_root(1, subtree)}, {}));
    EXPECT_FALSE(is_consistent({2, tree_root(2, subtree)}, {1, tree_root(1, subtree)}, {}));
}

TEST(Merkle, a_running_root_is_that_of_the_tree) {
    RunningRoot running;
    for (std::uint64_t size = 1; size <= 300; ++size) {
        running.add(leaf(size - 1));
        ASSERT_EQ(running.root(), tree_root(size, subtree)) << size;
        ASSERT_EQ(running.size(), size);
    }
}

}  // namespace
}  // namespace mailkeep::archive
