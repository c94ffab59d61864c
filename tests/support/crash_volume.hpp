// SPDX-License-Identifier: Apache-2.0
// A folder that stands for a disk: every call that changes it is counted, can be made to fail, and
// is written down, so that what a power cut would have left can be worked out (crash_states.hpp).
// Three doors lead to it: CrashDisk for the archive (crash_disk.hpp), a VFS for SQLite
// (crash_vfs.hpp), and the C library's own calls for what goes around both (crash_calls.cpp).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::test {

/// A file for as long as it has any name: renaming does not change it.
using FileNumber = int;

/// One change that was made. Paths are absolute.
struct Change {
    enum class Kind {
        make,
        write,
        truncate,
        sync,  ///< of a file: its octets and length, not its name
        lose,  ///< a sync that failed or lied: what was written before never reaches the disk
        make_folder,
        remove_folder,
        sync_folder,
        rename,
        remove
    };

    Kind kind{};
    FileNumber file = -1;
    std::string path;
    std::string to;        ///< rename
    std::uint64_t at = 0;  ///< write; truncate: the new length
    std::string octets;    ///< write
};

/// What a call that can fail is for.
enum class Call { make, open, read, write, allocate, truncate, sync, rename, remove, make_folder };

/// Which calls fail, and how.
struct Fault {
    enum class Lasting { once, from_then_on };

    std::uint64_t at = 0;  ///< the n-th of these calls from now on, counted from 1
    int error = 0;
    Lasting lasting = Lasting::once;
    std::vector<Call> calls;  ///< empty: every call that changes something
    std::string only;         ///< empty, or what the path must contain
};

/// How the disk behaves where nothing fails.
enum class Manners {
    plain,
    grudging,  ///< every call is interrupted first, and writes and reads give one piece only
    lying,     ///< a sync says done and has dropped everything since the last true one
};

/// While one of these exists, calls below its folder are its; one at a time. Any thread.
class CrashVolume {
  public:
    /// What is in the folder now counts as on the disk, names and octets.
    explicit CrashVolume(std::filesystem::path root);
    CrashVolume(const CrashVolume&) = delete;
    CrashVolume& operator=(const CrashVolume&) = delete;
    ~CrashVolume();

    [[nodiscard]] static bool is_there();
    /// The one whose folder the path is in; null when there is none.
    [[nodiscard]] static CrashVolume* of(std::string_view path);
    /// The one the descriptor's file is in.
    [[nodiscard]] static CrashVolume* of(int descriptor);

    // For tests

    void fail(Fault fault);
    void heal();
    void behave(Manners manners);
    /// Something the world was told: whatever comes later, it must stay true.
    void promise(int what);
    /// Calls from now on that would count for this fault, its `at` left aside.
    [[nodiscard]] std::uint64_t calls() const;

    [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

    /// Number of changes made before a promise, and the promise; ascending.
    [[nodiscard]] const std::vector<std::pair<std::size_t, int>>& promises() const {
        return promises_;
    }

    [[nodiscard]] const std::filesystem::path& root() const { return root_; }

    /// Octets of every file on the disk when the volume was made, by path.
    [[nodiscard]] const std::map<std::string, std::string>& first_files() const {
        return first_files_;
    }

    [[nodiscard]] const std::vector<std::string>& first_folders() const { return first_folders_; }

    [[nodiscard]] const std::map<std::string, FileNumber>& first_numbers() const {
        return first_numbers_;
    }

    // System calls: they do what they are named after and write it down

    int open(const std::string& path, int flags, mode_t mode);
    ssize_t write(int descriptor, std::string_view octets, std::uint64_t at);
    ssize_t read(int descriptor, std::span<char> into, std::uint64_t at);
    int allocate(int descriptor);
    int truncate(int descriptor, std::uint64_t size);
    int sync(int descriptor);
    int rename(const std::string& from, const std::string& to);
    int remove(const std::string& path);
    int make_folder(const std::string& path, mode_t mode);
    int remove_folder(const std::string& path);
    /// Where a disk lies, this is what shows it.
    void forget_cached(int descriptor);

    // For SQLite, which does the calls itself: 0 or the error, then what it did

    [[nodiscard]] int verdict(Call call, std::string_view path);
    void made(const std::string& path);
    void wrote(const std::string& path, std::string_view octets, std::uint64_t at);
    void truncated(const std::string& path, std::uint64_t size);
    void synced(const std::string& path);
    void sync_failed(const std::string& path);
    void removed(const std::string& path);
    void synced_folder(const std::string& path);

  private:
    [[nodiscard]] int verdict_locked(Call call, std::string_view path);
    [[nodiscard]] std::optional<FileNumber> number_of(const std::string& path) const;
    [[nodiscard]] std::string path_of(int descriptor) const;
    void note(Change::Kind kind, const std::string& path, std::uint64_t at = 0,
              std::string_view octets = {});
    void take_stock();

    std::filesystem::path root_;
    mutable std::mutex mutex_;  // guards all below
    std::map<std::string, std::string> first_files_;
    std::map<std::string, FileNumber> first_numbers_;
    std::vector<std::string> first_folders_;
    std::map<std::string, FileNumber> numbers_;  // by present path
    std::map<FileNumber, std::string> on_disk_;  // by number; kept only while the disk lies
    FileNumber next_number_ = 0;
    std::vector<Change> changes_;
    std::vector<std::pair<std::size_t, int>> promises_;
    std::optional<Fault> fault_;
    std::uint64_t calls_ = 0;
    Manners manners_ = Manners::plain;
    bool is_interrupted_ = false;
};

/// MAILKEEP_FAULT_SEED, else the seed given; printed, so that it can be given again.
[[nodiscard]] std::uint64_t fault_seed(std::uint64_t usual);

}  // namespace mailkeep::test
