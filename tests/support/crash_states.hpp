// SPDX-License-Identifier: Apache-2.0
// What a power cut may leave of a CrashVolume. POSIX promises little: the octets of a file once it
// was synced, its name once the folder was synced, and nothing of the order in between; so here
// each unsynced write, length and name is there or not as the fate of the crash says.
#pragma once

#include "support/crash_volume.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::test {

/// What becomes of all that was not synced.
enum class Fate {
    lost,          ///< nothing of it is there
    kept,          ///< all of it is, as after a kill of the process
    only_names,    ///< files made anew are empty, renamed ones have their synced octets
    only_octets,   ///< no name was made, moved or removed
    some_names,    ///< all octets are there, and any names
    only_lengths,  ///< files have their names and lengths, and zeros instead of octets
    prefix,        ///< everything up to some moment, the last write in part
    sectors,       ///< any sectors of 512 octets, any names
    pages,         ///< any pages of 4 KiB, any names
    garbage,       ///< octets never written stand where some were, any names
};

inline constexpr std::array all_fates{Fate::lost,        Fate::kept,         Fate::only_names,
                                      Fate::only_octets, Fate::only_lengths, Fate::prefix,
                                      Fate::sectors,     Fate::pages,        Fate::garbage};

/// A folder's contents, by path relative to it.
struct Image {
    std::map<std::string, std::string> files;
    std::set<std::string> folders;

    friend bool operator==(const Image&, const Image&) = default;
};

/// To tell images that were tried already from new ones.
[[nodiscard]] std::size_t hash_of(const Image& image);
/// Makes the folder anew with this in it.
void put(const Image& image, const std::filesystem::path& folder);

/// Follows the changes of a volume, which must outlive it and change no more meanwhile.
class CrashStates {
  public:
    explicit CrashStates(const CrashVolume& volume);

    /// To the moment at which this many changes were made; never back.
    void advance_to(std::size_t changes);
    /// One state a crash at this moment may leave.
    [[nodiscard]] Image after_crash(Fate fate, std::mt19937_64& random) const;
    /// The highest promise made by then; 0 for none.
    [[nodiscard]] int promised() const;

  private:
    struct File {
        std::string on_disk;
        std::string now;
        std::vector<const Change*> unsynced;  ///< write, truncate
    };

    /// One name made or taken away.
    struct Entry {
        enum class Kind { add, take, add_folder, take_folder };

        Kind kind{};
        std::string path;
        FileNumber file = -1;
        bool depends = false;  ///< happens only if the one before it did: half of a rename
    };

    void apply(const Change& change);
    void sync_folder(const std::string& folder);
    [[nodiscard]] std::string octets_after_crash(const File& file, Fate fate,
                                                 std::mt19937_64& random) const;
    static void play(const Entry& entry, std::map<std::string, FileNumber>& names,
                     std::set<std::string>& folders);

    const CrashVolume& volume_;
    std::size_t done_ = 0;
    std::map<FileNumber, File> files_;
    std::map<std::string, FileNumber> names_on_disk_;
    std::set<std::string> folders_on_disk_;
    std::vector<Entry> unsynced_;  // in the order of happening
};

}  // namespace mailkeep::test
