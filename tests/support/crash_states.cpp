// SPDX-License-Identifier: Apache-2.0
#include "support/crash_states.hpp"

#include <algorithm>
#include <fstream>
#include <functional>

namespace mailkeep::test {

namespace fs = std::filesystem;

namespace {

std::string folder_of(const std::string& path) {
    return fs::path(path).parent_path().string();
}

void lay(std::string& octets, std::uint64_t at, std::string_view piece) {
    const auto begin = static_cast<std::size_t>(at);
    if (octets.size() < begin + piece.size()) {
        octets.resize(begin + piece.size());
    }
    octets.replace(begin, piece.size(), piece);
}

/// The part of a write that ends where the sector or page does.
std::size_t piece_size(std::uint64_t at, std::size_t left, std::size_t unit) {
    return std::min(left, unit - static_cast<std::size_t>(at % unit));
}

std::string noise(std::size_t size, std::mt19937_64& random) {
    std::string octets(size, '\0');
    std::generate(octets.begin(), octets.end(), [&] { return static_cast<char>(random()); });
    return octets;
}

void lay_some(std::string& octets, const Change& write, std::size_t unit, Fate fate,
              std::mt19937_64& random) {
    for (std::size_t done = 0; done < write.octets.size();) {
        const auto at = write.at + done;
        const auto size = piece_size(at, write.octets.size() - done, unit);
        const auto piece = std::string_view(write.octets).substr(done, size);
        const auto lot = random() % 4;
        if (fate == Fate::garbage && lot == 0) {
            lay(octets, at, noise(size, random));
        } else if (lot >= 2) {
            lay(octets, at, piece);
        }
        done += size;
    }
}

}  // namespace

std::size_t hash_of(const Image& image) {
    std::size_t all = 0;
    const auto add = [&](std::string_view text) {
        all = all * 31 + std::hash<std::string_view>{}(text);
    };
    for (const auto& folder : image.folders) {
        add(folder);
    }
    for (const auto& [path, octets] : image.files) {
        add(path);
        add(octets);
    }
    return all;
}

void put(const Image& image, const fs::path& folder) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    for (const auto& path : image.folders) {
        fs::create_directories(folder / path);
    }
    for (const auto& [path, octets] : image.files) {
        std::ofstream(folder / path, std::ios::binary)
            .write(octets.data(), static_cast<std::streamsize>(octets.size()));
    }
}

CrashStates::CrashStates(const CrashVolume& volume)
    : volume_(volume),
      names_on_disk_(volume.first_numbers()),
      folders_on_disk_(volume.first_folders().begin(), volume.first_folders().end()) {
    for (const auto& [path, octets] : volume.first_files()) {
        files_[volume.first_numbers().at(path)] = {octets, octets, {}};
    }
}

void CrashStates::advance_to(std::size_t changes) {
    for (; done_ < changes; ++done_) {
        apply(volume_.changes()[done_]);
    }
}

int CrashStates::promised() const {
    int highest = 0;
    for (const auto& [at, what] : volume_.promises()) {
        if (at <= done_) {
            highest = std::max(highest, what);
        }
    }
    return highest;
}

void CrashStates::apply(const Change& change) {
    using Kind = Change::Kind;
    auto& file = files_[change.file];
    switch (change.kind) {
        case Kind::make:
            unsynced_.push_back({Entry::Kind::add, change.path, change.file});
            break;
        case Kind::write:
            lay(file.now, change.at, change.octets);
            file.unsynced.push_back(&change);
            break;
        case Kind::truncate:
            file.now.resize(static_cast<std::size_t>(change.at));
            file.unsynced.push_back(&change);
            break;
        case Kind::sync:
            for (const auto* const unsynced : file.unsynced) {
                if (unsynced->kind == Kind::write) {
                    lay(file.on_disk, unsynced->at, unsynced->octets);
                } else {
                    file.on_disk.resize(static_cast<std::size_t>(unsynced->at));
                }
            }
            file.unsynced.clear();
            break;
        case Kind::lose:
            file.unsynced.clear();
            break;
        case Kind::make_folder:
            unsynced_.push_back({Entry::Kind::add_folder, change.path});
            break;
        case Kind::remove_folder:
            unsynced_.push_back({Entry::Kind::take_folder, change.path});
            break;
        case Kind::sync_folder:
            sync_folder(change.path);
            break;
        case Kind::rename:
            unsynced_.push_back({Entry::Kind::add, change.to, change.file});
            unsynced_.push_back({Entry::Kind::take, change.path, change.file, true});
            break;
        case Kind::remove:
            unsynced_.push_back({Entry::Kind::take, change.path, change.file});
            break;
    }
}

void CrashStates::play(const Entry& entry, std::map<std::string, FileNumber>& names,
                       std::set<std::string>& folders) {
    switch (entry.kind) {
        case Entry::Kind::add:
            names[entry.path] = entry.file;
            break;
        case Entry::Kind::take:
            // What stands there now may be another file, put there since.
            if (const auto found = names.find(entry.path);
                found != names.end() && found->second == entry.file) {
                names.erase(found);
            }
            break;
        case Entry::Kind::add_folder:
            folders.insert(entry.path);
            break;
        case Entry::Kind::take_folder:
            folders.erase(entry.path);
            break;
    }
}

void CrashStates::sync_folder(const std::string& folder) {
    std::vector<Entry> left;
    bool was_left = false;
    for (const auto& entry : unsynced_) {
        // A rename takes the old name away only where the new one is.
        const bool waits = entry.depends && was_left;
        was_left = folder_of(entry.path) != folder || waits;
        if (was_left) {
            left.push_back(entry);
            left.back().depends = waits;
        } else {
            play(entry, names_on_disk_, folders_on_disk_);
        }
    }
    unsynced_ = std::move(left);
}

std::string CrashStates::octets_after_crash(const File& file, Fate fate,
                                            std::mt19937_64& random) const {
    if (fate == Fate::kept || fate == Fate::only_octets || fate == Fate::some_names) {
        return file.now;
    }
    if (fate == Fate::lost || fate == Fate::only_names) {
        return file.on_disk;
    }
    auto octets = file.on_disk;
    if (fate == Fate::only_lengths) {
        octets.resize(file.now.size());
        return octets;
    }
    const auto whole = fate == Fate::prefix ? random() % (file.unsynced.size() + 1) : 0;
    const std::size_t unit = fate == Fate::pages ? 4096 : 512;
    for (std::size_t i = 0; i < file.unsynced.size(); ++i) {
        const auto& change = *file.unsynced[i];
        if (change.kind == Change::Kind::truncate) {
            if (fate != Fate::prefix ? random() % 2 == 0 : i < whole) {
                octets.resize(static_cast<std::size_t>(change.at));
            }
        } else if (fate != Fate::prefix) {
            lay_some(octets, change, unit, fate, random);
        } else if (i < whole) {
            lay(octets, change.at, change.octets);
        } else if (i == whole) {
            const auto size = random() % (change.octets.size() + 1);
            lay(octets, change.at, std::string_view(change.octets).substr(0, size));
        }
    }
    return octets;
}

Image CrashStates::after_crash(Fate fate, std::mt19937_64& random) const {
    auto names = names_on_disk_;
    auto folders = folders_on_disk_;
    const bool keeps_all =
        fate == Fate::kept || fate == Fate::only_names || fate == Fate::only_lengths;
    const bool keeps_none = fate == Fate::lost || fate == Fate::only_octets;
    const auto until = random() % (unsynced_.size() + 1);
    bool was_kept = false;
    for (std::size_t i = 0; i < unsynced_.size(); ++i) {
        const bool wants = fate == Fate::prefix ? i < until : random() % 2 == 0;
        const bool is_kept = keeps_all || (!keeps_none && wants);
        was_kept = is_kept && (!unsynced_[i].depends || was_kept);
        if (was_kept) {
            play(unsynced_[i], names, folders);
        }
    }
    const auto root = volume_.root().string() + "/";
    Image image;
    for (const auto& folder : folders) {
        const bool stands = folders.contains(folder_of(folder)) || folder + "/" == root;
        if (stands && folder.starts_with(root)) {
            image.folders.insert(folder.substr(root.size()));
        }
    }
    for (const auto& [path, number] : names) {
        if (folders.contains(folder_of(path))) {
            image.files[path.substr(root.size())] =
                octets_after_crash(files_.at(number), fate, random);
        }
    }
    return image;
}

}  // namespace mailkeep::test
