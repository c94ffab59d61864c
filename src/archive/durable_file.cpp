// SPDX-License-Identifier: Apache-2.0
#include "durable_file.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace mailkeep::archive {

namespace {

namespace fs = std::filesystem;

constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;
/// Room is taken in steps so that a full disk shows before the octets are under way; first for what
/// is written first, which may be all.
constexpr std::uint64_t allocation_step = std::uint64_t{16} << 20;
constexpr std::uint64_t reserve_size = std::uint64_t{4} << 20;
constexpr std::uint64_t plenty = 16 * reserve_size;
/// A multiple of any page size: a page that is not wholly inside the range would be kept.
constexpr std::uint64_t cache_granule = std::uint64_t{64} << 10;

bool is_disk_full(int error) {
    return error == ENOSPC || error == EDQUOT;
}

[[noreturn]] void throw_storage(int error, std::string_view doing, const fs::path& path) {
    const auto text = "cannot " + std::string(doing) + " " + path.string() + ": ";
    if (is_disk_full(error)) {
        throw Error(Errc::storage, text + "disk full",
                    "Make room on this disk; the next run goes on where this one stopped.");
    }
    if (error == EROFS) {
        throw Error(Errc::storage, text + "the file system is read-only",
                    "Remount it for writing; look into the kernel log first, a failing disk often "
                    "ends this way.");
    }
    if (error == EACCES || error == EPERM) {
        throw Error(Errc::storage, text + "permission denied",
                    "Run mailkeep as the user who owns the data directory.");
    }
    throw Error(Errc::storage, text + std::generic_category().message(error));
}

/// Repeats a call that a signal has interrupted.
template <class Call>
auto without_interruption(const Call& call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

}  // namespace

int Disk::open(const fs::path& path, int flags) {
    return ::open(path.c_str(), flags | O_CLOEXEC, file_mode);
}

ssize_t Disk::write(int descriptor, std::string_view octets, std::uint64_t at) {
    return ::pwrite(descriptor, octets.data(), octets.size(), static_cast<off_t>(at));
}

ssize_t Disk::read(int descriptor, std::span<char> into, std::uint64_t at) {
    return ::pread(descriptor, into.data(), into.size(), static_cast<off_t>(at));
}

int Disk::allocate(int descriptor, std::uint64_t from, std::uint64_t size) {
    return ::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                       static_cast<off_t>(size));
}

int Disk::sync(int descriptor) {
    return ::fsync(descriptor);
}

int Disk::sync_data(int descriptor) {
    return ::fdatasync(descriptor);
}

void Disk::forget_cached(int descriptor, std::uint64_t from) {
    static_cast<void>(
        ::posix_fadvise(descriptor, static_cast<off_t>(from), 0, POSIX_FADV_DONTNEED));
}

int Disk::rename(const fs::path& from, const fs::path& to) {
    return ::rename(from.c_str(), to.c_str());
}

int Disk::remove(const fs::path& path) {
    return ::unlink(path.c_str());
}

Descriptor::~Descriptor() {
    if (is_open()) {
        ::close(number_);
    }
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

void Reserve::release() const {
    ::unlink(path_.c_str());
}

void Reserve::restore() const {
    struct statvfs room {};

    if (::access(path_.c_str(), F_OK) == 0 || ::statvfs(path_.parent_path().c_str(), &room) != 0 ||
        std::uint64_t{room.f_bavail} * room.f_frsize < plenty) {
        return;
    }
    const Descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, file_mode));
    if (!file.is_open() || ::fallocate(file.number(), 0, 0, reserve_size) != 0) {
        release();
    }
}

DurableFile::DurableFile(Disk& disk, const Reserve& reserve, fs::path path)
    : disk_(disk),
      reserve_(reserve),
      path_(std::move(path)),
      descriptor_(disk_.open(path_, O_WRONLY | O_CREAT | O_EXCL)) {
    if (!descriptor_.is_open()) {
        fail(errno, "create");
    }
}

DurableFile::DurableFile(Disk& disk, const Reserve& reserve, fs::path path, std::uint64_t size)
    : disk_(disk),
      reserve_(reserve),
      path_(std::move(path)),
      descriptor_(disk_.open(path_, O_WRONLY | O_NOFOLLOW)),
      size_(size),
      allocated_(size) {
    if (!descriptor_.is_open()) {
        fail(errno, "open");
    }
}

void DurableFile::append(std::string_view octets) {
    allocate_for(size_ + octets.size());
    while (!octets.empty()) {
        const auto written =
            without_interruption([&] { return disk_.write(descriptor_.number(), octets, size_); });
        if (written <= 0) {
            fail(written == 0 ? EIO : errno, "write");
        }
        octets.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::uint64_t>(written);
    }
}

void DurableFile::sync() {
    if (without_interruption([&] { return disk_.sync(descriptor_.number()); }) != 0) {
        fail(errno, "sync");
    }
}

void DurableFile::sync_data() {
    if (without_interruption([&] { return disk_.sync_data(descriptor_.number()); }) != 0) {
        fail(errno, "sync");
    }
}

void DurableFile::trim() {
    if (allocated_ > size_) {
        // To its own length: frees what lies past the end and changes nothing before it.
        static_cast<void>(::ftruncate(descriptor_.number(), static_cast<off_t>(size_)) == 0);
        allocated_ = size_;
    }
}

void DurableFile::allocate_for(std::uint64_t size) {
    if (size <= allocated_) {
        return;
    }
    const auto target =
        size_ == 0 ? size : (size + allocation_step - 1) / allocation_step * allocation_step;
    const auto result = without_interruption(
        [&] { return disk_.allocate(descriptor_.number(), allocated_, target - allocated_); });
    // Some file systems cannot; then a full disk shows when writing.
    if (result != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
        fail(errno, "write");
    }
    allocated_ = target;
}

void DurableFile::fail(int error, std::string_view doing) const {
    if (is_disk_full(error)) {
        reserve_.release();
    }
    throw_storage(error, doing, path_);
}

ReadableFile::ReadableFile(Disk& disk, const fs::path& path)
    : disk_(disk),
      path_(path),
      // Not to wait for ever where somebody has put a pipe.
      descriptor_(disk_.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)) {
    struct stat status {};

    if (!descriptor_.is_open() || ::fstat(descriptor_.number(), &status) != 0) {
        problem_ = std::generic_category().message(errno);
    } else if (!S_ISREG(status.st_mode)) {
        problem_ = "not a regular file";
    } else {
        size_ = static_cast<std::uint64_t>(status.st_size);
    }
}

std::optional<std::string> ReadableFile::read(std::uint64_t at, std::size_t count) const {
    const auto available = at < size_ ? size_ - at : 0;
    std::string octets(static_cast<std::size_t>(std::min<std::uint64_t>(count, available)), '\0');
    std::size_t done = 0;
    while (done < octets.size()) {
        const auto rest = std::span(octets).subspan(done);
        const auto got =
            without_interruption([&] { return disk_.read(descriptor_.number(), rest, at + done); });
        if (got < 0) {
            has_failed_ = true;
            return std::nullopt;
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    octets.resize(done);
    return octets;
}

void ReadableFile::bypass_cache(std::uint64_t from) const {
    disk_.forget_cached(descriptor_.number(), from / cache_granule * cache_granule);
}

void ReadableFile::sync() const {
    if (without_interruption([&] { return disk_.sync(descriptor_.number()); }) != 0) {
        throw_storage(errno, "sync", path_);
    }
}

WriterLock::WriterLock(const fs::path& data) : descriptor_(-1) {
    const auto path = data / "lock";
    descriptor_ =
        Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode));
    if (!descriptor_.is_open()) {
        throw_storage(errno, "open", path);
    }
    const auto locked =
        without_interruption([&] { return ::flock(descriptor_.number(), LOCK_EX | LOCK_NB); });
    if (locked != 0 && errno == EWOULDBLOCK) {
        std::string holder(20, '\0');
        const auto size = ::pread(descriptor_.number(), holder.data(), holder.size(), 0);
        holder.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        const auto process = parse_number(trim(holder));
        throw Error(Errc::in_use,
                    "the archive in " + data.string() + " is in use" +
                        (process ? " by process " + std::to_string(*process) : std::string()));
    }
    if (locked != 0) {
        throw_storage(errno, "lock", path);
    }
    const auto process = std::to_string(::getpid()) + "\n";
    // Only for people: that it cannot be written is no reason to stop.
    static_cast<void>(::ftruncate(descriptor_.number(), 0) == 0 &&
                      ::pwrite(descriptor_.number(), process.data(), process.size(), 0) > 0);
}

void rename_file(Disk& disk, const fs::path& from, const fs::path& to) {
    if (disk.rename(from, to) != 0) {
        throw_storage(errno, "create", to);
    }
}

void remove_file(Disk& disk, const fs::path& path) {
    if (disk.remove(path) != 0) {
        throw_storage(errno, "remove", path);
    }
}

void sync_folder(Disk& disk, const fs::path& path) {
    const Descriptor folder(disk.open(path, O_RDONLY | O_DIRECTORY));
    if (!folder.is_open() ||
        without_interruption([&] { return disk.sync(folder.number()); }) != 0) {
        throw_storage(errno, "sync", path);
    }
}

void make_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), folder_mode) != 0 && errno != EEXIST) {
        throw_storage(errno, "create", path);
    }
}

void write_whole_file(Disk& disk, const Reserve& reserve, const fs::path& path,
                      std::string_view octets) {
    auto draft = path;
    draft += ".new";
    // What an earlier attempt may have left.
    static_cast<void>(disk.remove(draft) == 0);
    {
        DurableFile file(disk, reserve, draft);
        file.append(octets);
        file.sync();
    }
    rename_file(disk, draft, path);
    sync_folder(disk, path.parent_path());
}

}  // namespace mailkeep::archive
