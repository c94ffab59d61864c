// SPDX-License-Identifier: Apache-2.0
#include "tiles.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

constexpr unsigned levels_in_tile = 8;  // 2^8 hashes
constexpr unsigned highest_level = 8;   // 2^64 leaves need no more

Digest digest_at(std::string_view hashes, std::uint64_t place) {
    return Digest::from_octets(hashes.substr(place * hash_size, hash_size));
}

/// The root over hashes first to first + 2^level - 1 of a tile.
Digest root_within(std::string_view hashes, std::uint64_t first, unsigned level) {
    if (level == 0) {
        return digest_at(hashes, first);
    }
    const auto half = std::uint64_t{1} << (level - 1);
    return node_hash(root_within(hashes, first, level - 1),
                     root_within(hashes, first + half, level - 1));
}

/// The widths of the unfilled tiles there are of one number.
std::vector<std::uint64_t> widths_in(const fs::path& folder) {
    std::vector<std::uint64_t> widths;
    std::error_code problem;
    fs::directory_iterator entry(folder, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        if (const auto width = parse_number(entry->path().filename().string())) {
            widths.push_back(*width);
        }
    }
    return widths;
}

fs::path unfilled_folder(const fs::path& folder, unsigned level, std::uint64_t number) {
    return folder / (tile_path(level, number, tile_width) + ".p");
}

}  // namespace

std::string tile_path(unsigned level, std::uint64_t number, std::uint64_t width) {
    auto name = fmt::format("{:03}", number % 1000);
    for (auto rest = number / 1000; rest != 0; rest /= 1000) {
        name = fmt::format("x{:03}/{}", rest % 1000, name);
    }
    auto path = fmt::format("tile/{}/{}", level, name);
    return width == tile_width ? path : fmt::format("{}.p/{}", path, width);
}

std::optional<TileName> tile_in(const fs::path& path) {
    std::vector<std::string> parts;
    for (const auto& part : path) {
        parts.push_back(part.string());
    }
    const auto level = parts.size() < 3 ? std::nullopt : parse_number(parts[1]);
    if (!level || *level >= highest_level) {
        return std::nullopt;
    }
    TileName tile;
    tile.level = static_cast<unsigned>(*level);
    if (auto& folder = parts[parts.size() - 2]; folder.ends_with(".p")) {
        tile.width = parse_number(parts.back()).value_or(0);
        folder.resize(folder.size() - 2);
        parts.pop_back();
    }
    for (auto part = parts.begin() + 2; part < parts.end(); ++part) {
        const auto digits = std::string_view(*part).substr(part->starts_with('x') ? 1 : 0);
        tile.number = tile.number * 1000 + parse_number(digits).value_or(0);
    }
    return tile_path(tile.level, tile.number, tile.width) == path ? std::optional(tile)
                                                                  : std::nullopt;
}

bool is_outgrown(const TileName& tile, std::uint64_t size) {
    const auto count = size >> (levels_in_tile * tile.level);
    const auto end = tile.number * tile_width + tile.width;
    return tile.width == tile_width ? tile.level == 0 && end <= count : end < count;
}

std::set<std::uint64_t> full_leaf_tiles(const fs::path& folder) {
    std::set<std::uint64_t> numbers;
    std::error_code problem;
    fs::recursive_directory_iterator entry(folder / "tile" / "0", problem);
    for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
        const auto tile = tile_in(entry->path().lexically_relative(folder));
        if (tile && tile->width == tile_width && entry->is_regular_file(problem)) {
            numbers.insert(tile->number);
        }
    }
    return numbers;
}

Tiles::Tiles(Disk& disk, fs::path folder, std::uint64_t size, MakeLeaves make_leaves)
    : disk_(disk), folder_(std::move(folder)), size_(size), make_leaves_(std::move(make_leaves)) {}

std::uint64_t Tiles::count(unsigned tile_level) const {
    return size_ >> (levels_in_tile * tile_level);
}

Digest Tiles::hash(unsigned tile_level, std::uint64_t index) {
    return digest_at(tile(tile_level, index / tile_width), index % tile_width);
}

const std::string& Tiles::tile(unsigned tile_level, std::uint64_t number) {
    const auto* hashes = find_tile(tile_level, number);
    if (hashes == nullptr) {
        const auto width = std::min(tile_width, count(tile_level) - number * tile_width);
        if (tile_level == 0 && width == tile_width) {
            throw Error(Errc::corrupt,
                        fmt::format("log entries {} to {} are not what the archive gives",
                                    number * tile_width, number * tile_width + width - 1),
                        "`mailkeep log verify` says more.");
        }
        throw Error(Errc::corrupt,
                    "log/" + tile_path(tile_level, number, width) + " is missing or damaged",
                    "Copy it back from a replica of this archive.");
    }
    return *hashes;
}

const std::string* Tiles::find_tile(unsigned tile_level, std::uint64_t number) {
    auto& kept = kept_.at(tile_level);
    if (kept.number == number && !kept.hashes.empty()) {
        return &kept.hashes;
    }
    const auto width = std::min(tile_width, count(tile_level) - number * tile_width);
    auto hashes = stored(tile_level, number, width);
    if (!hashes && tile_level == 0 && make_leaves_) {
        hashes = made_again(number, width);
    }
    if (!hashes) {
        return nullptr;
    }
    kept = {number, *std::move(hashes)};
    return &kept.hashes;
}

std::optional<std::string> Tiles::stored(unsigned tile_level, std::uint64_t number,
                                         std::uint64_t width) const {
    // A writer may have filled it since, and taken the unfilled ones away.
    std::vector<std::uint64_t> widths{width, tile_width};
    const auto others = widths_in(unfilled_folder(folder_, tile_level, number));
    widths.insert(widths.end(), others.begin(), others.end());
    for (const auto candidate : widths) {
        if (candidate < width || candidate > tile_width) {
            continue;
        }
        const ReadableFile file(disk_, folder_ / tile_path(tile_level, number, candidate));
        auto hashes = file.read(0, candidate * hash_size + 1);
        if (file.problem().empty() && hashes && hashes->size() == candidate * hash_size) {
            hashes->resize(width * hash_size);
            return hashes;
        }
    }
    return std::nullopt;
}

std::optional<std::string> Tiles::made_again(std::uint64_t number, std::uint64_t width) {
    auto hashes = make_leaves_(number * tile_width, width);
    const bool fits = hashes && hashes->size() == width * hash_size &&
                      (width < tile_width || (find_tile(1, number / tile_width) != nullptr &&
                                              root_of_tile(*hashes) == hash(1, number)));
    return fits ? std::move(hashes) : std::nullopt;
}

Digest Tiles::subtree(unsigned level, std::uint64_t index) {
    const auto tile_level = level / levels_in_tile;
    const auto within = level % levels_in_tile;
    const auto first = index << within;
    return root_within(tile(tile_level, first / tile_width), first % tile_width, within);
}

TileWriter::TileWriter(Disk& disk, const Reserve& reserve, Tiles& tiles, fs::path folder)
    : disk_(disk), reserve_(reserve), folder_(std::move(folder)) {
    unsigned level = 0;
    do {
        const auto count = tiles.count(level);
        levels_.push_back({count, count, {}});
        if (count % tile_width != 0) {
            levels_.back().unfilled = tiles.tile(level, count / tile_width);
        }
        ++level;
    } while (tiles.count(level) != 0);
}

void TileWriter::add_to(std::size_t level, const Digest& hash) {
    if (level == levels_.size()) {
        levels_.emplace_back();
    }
    levels_[level].unfilled += hash.view();
    ++levels_[level].count;
    if (levels_[level].count % tile_width == 0) {
        const auto hashes = std::exchange(levels_[level].unfilled, {});
        if (level != 0) {
            write(level, levels_[level].count / tile_width - 1, hashes);
        }
        add_to(level + 1, root_of_tile(hashes));
    }
}

void TileWriter::finish() {
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const auto& [before, count, unfilled] = levels_[level];
        if (count != before && !unfilled.empty()) {
            write(level, count / tile_width, unfilled);
        }
    }
}

Digest TileWriter::root() const {
    // Only hashes at the right edge go into it, which stand in the unfilled tiles.
    return tree_root(size(), [this](unsigned level, std::uint64_t index) {
        const auto within = level % levels_in_tile;
        const auto first = (index << within) % tile_width;
        return root_within(levels_[level / levels_in_tile].unfilled, first, within);
    });
}

void TileWriter::write(std::size_t level, std::uint64_t number, const std::string& hashes) {
    const fs::path path(tile_path(static_cast<unsigned>(level), number, hashes.size() / hash_size));
    make_folders(disk_, folder_, path.parent_path());
    write_whole_file(disk_, reserve_, folder_ / path, hashes);
}

void TileWriter::remove_outgrown() const {
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const auto& [before, count, unfilled] = levels_[level];
        const auto number = before / tile_width;
        const auto folder = unfilled_folder(folder_, static_cast<unsigned>(level), number);
        const auto current = count / tile_width == number ? count % tile_width : tile_width;
        for (const auto width : widths_in(folder)) {
            if (width != current) {
                // That it cannot be removed costs room only.
                static_cast<void>(disk_.remove(folder / std::to_string(width)) == 0);
            }
        }
        std::error_code ignored;
        fs::remove(folder, ignored);  // does nothing as long as it is not empty
    }
}

Digest root_of_tile(std::string_view hashes) {
    return root_within(hashes, 0, levels_in_tile);
}

void make_folders(Disk& disk, const fs::path& base, const fs::path& relative) {
    auto path = base;
    for (const auto& name : relative) {
        const auto parent = path;
        path /= name;
        std::error_code ignored;
        if (!fs::exists(path, ignored)) {
            make_folder(path);
            sync_folder(disk, parent);
        }
    }
}

}  // namespace mailkeep::archive
