// SPDX-License-Identifier: Apache-2.0
// The hashes of a growing Merkle tree on the disk, 256 a file, as C2SP's tlog-tiles lays them out:
// tile/<level>/<number>, where the hashes of a level are the roots over 256 of the one below it,
// and the last, unfilled one of a level in <number>.p/<hashes>. A file is written once, whole.
#pragma once

#include "durable_file.hpp"
#include "merkle.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace mailkeep::archive {

inline constexpr std::size_t hash_size = 32;
inline constexpr std::uint64_t tile_width = 256;

/// Below the log's folder: "tile/0/x001/234"; with ".p/5" behind it for a width of 5.
[[nodiscard]] std::string tile_path(unsigned level, std::uint64_t number, std::uint64_t width);

/// A tree of a known size, read. Keeps the tile read last on each level. Borrows the disk. One
/// thread. Error{corrupt} names the tile that is missing or torn; whether hashes are the right ones
/// only the root can tell.
class Tiles {
  public:
    Tiles(Disk& disk, std::filesystem::path folder, std::uint64_t size);

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

    Disk& disk_;
    std::filesystem::path folder_;
    std::uint64_t size_;
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
