// SPDX-License-Identifier: Apache-2.0
// The hashes of a growing Merkle tree on the disk, 256 a file, as C2SP's tlog-tiles lays them out:
// tile/<level>/<number>, where the hashes of a level are the roots over 256 of the one below it,
// and the last, unfilled one of a level in <number>.p/<hashes>. A file is written once, whole. Full
// tiles of level 0 are not kept: level 1 has the root over each, and the archive what they are made
// of (log_leaves.hpp).
#pragma once

#include "durable_file.hpp"
#include "merkle.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::archive {

inline constexpr std::size_t hash_size = 32;
inline constexpr std::uint64_t tile_width = 256;

/// Below the log's folder: "tile/0/x001/234"; with ".p/5" behind it for a width of 5.
[[nodiscard]] std::string tile_path(unsigned level, std::uint64_t number, std::uint64_t width);

struct TileName {
    unsigned level = 0;
    std::uint64_t number = 0;
    std::uint64_t width = tile_width;
};

/// What tile_path() made; nothing for other paths.
[[nodiscard]] std::optional<TileName> tile_in(const std::filesystem::path& path);
/// Whether it is no part of a tree of that size, as the tree has grown beyond it.
[[nodiscard]] bool is_outgrown(const TileName& tile, std::uint64_t size);

/// The numbers of the full tiles of level 0 that stand there all the same: earlier versions kept
/// them.
[[nodiscard]] std::set<std::uint64_t> full_leaf_tiles(const std::filesystem::path& folder);

/// Makes the hashes of entries first to first + count - 1 again, one after another; nothing when
/// they cannot be had.
using MakeLeaves =
    std::function<std::optional<std::string>(std::uint64_t first, std::uint64_t count)>;

/// A tree of a known size, read. Keeps the tile read last on each level. Borrows the disk. One
/// thread. Error{corrupt} names the tile that is missing or torn; whether hashes are the right ones
/// only the root can tell. A full tile that was made again has the root that level 1 says.
class Tiles {
  public:
    /// Without `make_leaves` there are only the tiles on the disk.
    Tiles(Disk& disk, std::filesystem::path folder, std::uint64_t size,
          MakeLeaves make_leaves = {});

    [[nodiscard]] std::uint64_t size() const { return size_; }

    /// How many hashes of a tile level the tree has.
    [[nodiscard]] std::uint64_t count(unsigned tile_level) const;
    [[nodiscard]] Digest hash(unsigned tile_level, std::uint64_t index);
    /// The hashes of a tile, one after another.
    [[nodiscard]] const std::string& tile(unsigned tile_level, std::uint64_t number);
    /// Nothing where tile() would throw.
    [[nodiscard]] const std::string* find_tile(unsigned tile_level, std::uint64_t number);
    [[nodiscard]] Digest subtree(unsigned level, std::uint64_t index);

    [[nodiscard]] Subtrees subtrees() {
        return [this](unsigned level, std::uint64_t index) { return subtree(level, index); };
    }

  private:
    struct Kept {
        std::uint64_t number = 0;
        std::string hashes;
    };

    [[nodiscard]] std::optional<std::string> stored(unsigned tile_level, std::uint64_t number,
                                                    std::uint64_t width) const;
    [[nodiscard]] std::optional<std::string> made_again(std::uint64_t number, std::uint64_t width);

    Disk& disk_;
    std::filesystem::path folder_;
    std::uint64_t size_;
    MakeLeaves make_leaves_;
    std::array<Kept, 9> kept_;  // by tile level: 2^64 leaves need no more
};

/// Makes a tree longer. Nothing it writes changes what the shorter tree consists of, so a crash
/// leaves files that the next writer replaces. Borrows disk and reserve. One thread. Throws
/// Error{storage}.
class TileWriter {
  public:
    /// Goes on from the tree that is there; throws Error{corrupt} when its tiles cannot be read.
    TileWriter(Disk& disk, const Reserve& reserve, Tiles& tiles, std::filesystem::path folder);

    void add(const Digest& leaf) { add_to(0, leaf); }

    /// Makes all of it durable. Requires: the last call but remove_outgrown().
    void finish();
    /// Once the longer tree is signed: takes away the unfilled tiles of which longer ones are
    /// there.
    void remove_outgrown() const;

    [[nodiscard]] std::uint64_t size() const { return levels_.front().count; }

    /// As memory has it, whatever the disk says.
    [[nodiscard]] Digest root() const;

  private:
    struct Level {
        std::uint64_t before = 0;  // hashes when the writer began
        std::uint64_t count = 0;
        std::string unfilled;  // the hashes of the last tile
    };

    void add_to(std::size_t level, const Digest& hash);
    void write(std::size_t level, std::uint64_t number, const std::string& hashes);

    Disk& disk_;
    const Reserve& reserve_;
    std::filesystem::path folder_;
    std::vector<Level> levels_;
};

/// The root over the 256 hashes of a full tile.
[[nodiscard]] Digest root_of_tile(std::string_view hashes);

/// Makes the folders of a path that is relative to `base`, each durable.
void make_folders(Disk& disk, const std::filesystem::path& base,
                  const std::filesystem::path& relative);

}  // namespace mailkeep::archive
