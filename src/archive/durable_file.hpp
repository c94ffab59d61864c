// SPDX-License-Identifier: Apache-2.0
// Files that must survive a power cut. All that the archive makes, writes, syncs or reads on a disk
// goes through here, and all system calls that can lose mail through Disk, so that a test can make
// the n-th of them fail.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// What a file that is read from end to end is read in, in octets.
inline constexpr std::uint64_t file_piece = std::uint64_t{1} << 20;

/// The system calls, with their return values and errno. Any thread.
class Disk {
  public:
    virtual ~Disk() = default;
    /// A file that is made is for the owner only.
    [[nodiscard]] virtual int open(const std::filesystem::path& path, int flags);
    [[nodiscard]] virtual ssize_t write(int descriptor, std::string_view octets, std::uint64_t at);
    [[nodiscard]] virtual ssize_t read(int descriptor, std::span<char> into, std::uint64_t at);
    /// Takes room past the end of the file without making it longer.
    [[nodiscard]] virtual int allocate(int descriptor, std::uint64_t from, std::uint64_t size);
    [[nodiscard]] virtual int sync(int descriptor);
    /// sync() without times and the like; the size counts as data.
    [[nodiscard]] virtual int sync_data(int descriptor);
    /// Drops synced pages from `from` on from the page cache.
    virtual void forget_cached(int descriptor, std::uint64_t from);
    [[nodiscard]] virtual int rename(const std::filesystem::path& from,
                                     const std::filesystem::path& to);
    [[nodiscard]] virtual int remove(const std::filesystem::path& path);
};

/// An open file descriptor, or none (-1).
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}

    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;

    [[nodiscard]] int number() const { return number_; }

    [[nodiscard]] bool is_open() const { return number_ >= 0; }

  private:
    int number_;
};

/// Some room on the disk, given back when the disk is full so that the rest of the program can
/// still write down that it is.
class Reserve {
  public:
    explicit Reserve(const std::filesystem::path& data) : path_(data / "reserve") {}

    void release() const;
    /// Takes the room again, if there is plenty; else leaves it for later.
    void restore() const;

  private:
    std::filesystem::path path_;
};

/// A file that only grows. All methods throw Error{storage}; afterwards nothing is known of
/// what the disk holds and the file must not be written again: after a failed sync Linux may call
/// pages clean that never reached the disk, so a second sync would succeed and lie.
/// Borrows disk and reserve, which must outlive it. One thread.
class DurableFile {
  public:
    /// The file must not be there yet.
    DurableFile(Disk& disk, const Reserve& reserve, std::filesystem::path path);
    /// Goes on behind the first `size` octets of a file that is there; what stands behind them is
    /// written over.
    DurableFile(Disk& disk, const Reserve& reserve, std::filesystem::path path, std::uint64_t size);

    void append(std::string_view octets);
    void sync();
    void sync_data();
    /// Gives back room that was taken past the end. Never throws; the contents stay.
    void trim();

    [[nodiscard]] std::uint64_t size() const { return size_; }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    void allocate_for(std::uint64_t size);
    [[noreturn]] void fail(int error, std::string_view doing) const;

    Disk& disk_;
    const Reserve& reserve_;
    std::filesystem::path path_;
    Descriptor descriptor_;
    std::uint64_t size_ = 0;
    std::uint64_t allocated_ = 0;
};

/// A regular file open for reading. Opening never throws: problem() says why it is not open.
/// Borrows disk, which must outlive it. Any thread.
class ReadableFile {
  public:
    ReadableFile(Disk& disk, const std::filesystem::path& path);

    [[nodiscard]] const std::string& problem() const { return problem_; }

    /// When it was opened.
    [[nodiscard]] std::uint64_t size() const { return size_; }

    /// Whether some read() has failed. What looks damaged then may be whole.
    [[nodiscard]] bool has_failed() const { return has_failed_; }

    /// Fewer octets at the end of the file; nothing when the disk cannot read them.
    [[nodiscard]] std::optional<std::string> read(std::uint64_t at, std::size_t count) const;
    /// Makes the next reads from `from` on come from the disk, not from the page cache. Only synced
    /// pages are let go.
    void bypass_cache(std::uint64_t from) const;
    /// Makes durable what is in the file, whoever wrote it. Throws Error{storage}.
    void sync() const;

  private:
    Disk& disk_;
    std::filesystem::path path_;
    Descriptor descriptor_;
    std::uint64_t size_ = 0;
    std::string problem_;
    mutable std::atomic<bool> has_failed_ = false;
};

/// The right to write to an archive: flock on DATA/lock, which holds the process id for people.
class WriterLock {
  public:
    /// Throws Error{in_use} when another has it, Error{storage}.
    explicit WriterLock(const std::filesystem::path& data);

  private:
    Descriptor descriptor_;
};

/// Throws Error{storage}. Not durable before the folders are synced.
void rename_file(Disk& disk, const std::filesystem::path& from, const std::filesystem::path& to);
/// Throws Error{storage}. Not durable before the folder is synced.
void remove_file(Disk& disk, const std::filesystem::path& path);
/// Makes the folder's entries durable. Throws Error{storage}.
void sync_folder(Disk& disk, const std::filesystem::path& path);
/// For the owner only; one that is there already is left as it is. Throws Error{storage}.
void make_folder(const std::filesystem::path& path);
/// A new file with these octets, durable on return; after a crash it is whole or not there. Throws
/// Error{storage}.
void write_whole_file(Disk& disk, const Reserve& reserve, const std::filesystem::path& path,
                      std::string_view octets);

}  // namespace mailkeep::archive
