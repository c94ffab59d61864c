// SPDX-License-Identifier: Apache-2.0
#include "support/crash_volume.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace mailkeep::test {

namespace fs = std::filesystem;

namespace {

std::atomic<CrashVolume*> active = nullptr;

/// What no promise rests on, and what says nothing after a crash: SQLite's shared memory, the lock,
/// the reserve.
bool is_of_no_account(std::string_view path) {
    return path.ends_with("-shm") || path.ends_with("/lock") || path.ends_with("/reserve") ||
           path.ends_with(".sock");
}

bool is_below(std::string_view path, std::string_view root) {
    return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

std::string octets_of_file(const fs::path& path) {
    std::string octets(fs::file_size(path), '\0');
    std::ifstream(path, std::ios::binary)
        .read(octets.data(), static_cast<std::streamsize>(octets.size()));
    return octets;
}

bool changes_something(Call call) {
    return call != Call::open && call != Call::read;
}

}  // namespace

CrashVolume::CrashVolume(fs::path root) : root_(fs::canonical(root)) {
    take_stock();
    active = this;
}

CrashVolume::~CrashVolume() {
    active = nullptr;
}

bool CrashVolume::is_there() {
    return active.load() != nullptr;
}

CrashVolume* CrashVolume::of(std::string_view path) {
    auto* const volume = active.load();
    return volume != nullptr && is_below(path, volume->root_.native()) && !is_of_no_account(path)
               ? volume
               : nullptr;
}

CrashVolume* CrashVolume::of(int descriptor) {
    auto* const volume = active.load();
    return volume == nullptr ? nullptr : of(volume->path_of(descriptor));
}

void CrashVolume::take_stock() {
    first_folders_.push_back(root_.string());
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
        const auto path = entry.path().string();
        if (entry.is_directory()) {
            first_folders_.push_back(path);
        } else if (entry.is_regular_file() && !is_of_no_account(path)) {
            first_files_[path] = octets_of_file(path);
            first_numbers_[path] = numbers_[path] = next_number_++;
        }
    }
    std::sort(first_folders_.begin(), first_folders_.end());
}

void CrashVolume::fail(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
    calls_ = 0;
}

void CrashVolume::heal() {
    const std::lock_guard lock(mutex_);
    fault_.reset();
    manners_ = Manners::plain;
}

void CrashVolume::behave(Manners manners) {
    const std::lock_guard lock(mutex_);
    manners_ = manners;
    if (manners == Manners::lying) {
        for (const auto& [path, number] : numbers_) {
            on_disk_[number] = octets_of_file(path);
        }
    }
}

void CrashVolume::promise(int what) {
    const std::lock_guard lock(mutex_);
    promises_.emplace_back(changes_.size(), what);
}

std::uint64_t CrashVolume::calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
}

int CrashVolume::verdict(Call call, std::string_view path) {
    const std::lock_guard lock(mutex_);
    return verdict_locked(call, path);
}

int CrashVolume::verdict_locked(Call call, std::string_view path) {
    if (manners_ == Manners::grudging && call != Call::open && call != Call::make &&
        call != Call::rename && call != Call::remove && call != Call::make_folder &&
        (is_interrupted_ = !is_interrupted_)) {
        return EINTR;
    }
    if (!fault_ || path.find(fault_->only) == std::string_view::npos) {
        return 0;
    }
    const auto& calls = fault_->calls;
    const bool is_meant = calls.empty()
                              ? changes_something(call)
                              : std::find(calls.begin(), calls.end(), call) != calls.end();
    if (!is_meant) {
        return 0;
    }
    ++calls_;
    const bool is_due = fault_->lasting == Fault::Lasting::once
                            ? calls_ == fault_->at
                            : fault_->at != 0 && calls_ >= fault_->at;
    return is_due ? fault_->error : 0;
}

std::optional<FileNumber> CrashVolume::number_of(const std::string& path) const {
    const auto found = numbers_.find(path);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::string CrashVolume::path_of(int descriptor) const {
    std::array<char, PATH_MAX> name{};
    const auto link = "/proc/self/fd/" + std::to_string(descriptor);
    const auto size = ::readlink(link.c_str(), name.data(), name.size());
    return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : std::string();
}

/// Nothing for a file that is of no account.
void CrashVolume::note(Change::Kind kind, const std::string& path, std::uint64_t at,
                       std::string_view octets) {
    const auto number = number_of(path);
    const bool is_of_folder = kind == Change::Kind::make_folder ||
                              kind == Change::Kind::remove_folder ||
                              kind == Change::Kind::sync_folder;
    if (number || is_of_folder) {
        changes_.push_back({.kind = kind,
                            .file = number.value_or(-1),
                            .path = path,
                            .to = {},
                            .at = at,
                            .octets = std::string(octets)});
    }
}

int CrashVolume::open(const std::string& path, int flags, mode_t mode) {
    const std::lock_guard lock(mutex_);
    const bool makes = (flags & O_CREAT) != 0 && ::access(path.c_str(), F_OK) != 0;
    if (const int error = verdict_locked(makes ? Call::make : Call::open, path); error != 0) {
        errno = error;
        return -1;
    }
    const auto descriptor =
        static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), flags, mode));
    if (descriptor < 0) {
        return descriptor;
    }
    if (makes) {
        numbers_[path] = next_number_++;
        note(Change::Kind::make, path);
    } else if ((flags & O_TRUNC) != 0) {
        note(Change::Kind::truncate, path);
    }
    return descriptor;
}

ssize_t CrashVolume::write(int descriptor, std::string_view octets, std::uint64_t at) {
    const std::lock_guard lock(mutex_);
    const auto path = path_of(descriptor);
    const int error = verdict_locked(Call::write, path);
    if (error != 0) {
        // As much of it as a full disk may have taken.
        octets = error == EINTR || error == EAGAIN ? std::string_view()
                                                   : octets.substr(0, octets.size() / 2);
    } else if (manners_ == Manners::grudging) {
        octets = octets.substr(0, std::max<std::size_t>(1, octets.size() / 3));
    }
    const auto done = octets.empty() ? 0
                                     : ::syscall(SYS_pwrite64, descriptor, octets.data(),
                                                 octets.size(), static_cast<off_t>(at));
    if (done > 0) {
        note(Change::Kind::write, path, at, octets.substr(0, static_cast<std::size_t>(done)));
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    return done;
}

ssize_t CrashVolume::read(int descriptor, std::span<char> into, std::uint64_t at) {
    const std::lock_guard lock(mutex_);
    if (const int error = verdict_locked(Call::read, path_of(descriptor)); error != 0) {
        errno = error;
        return -1;
    }
    if (manners_ == Manners::grudging) {
        into = into.first(std::max<std::size_t>(1, into.size() / 3));
    }
    return ::syscall(SYS_pread64, descriptor, into.data(), into.size(), static_cast<off_t>(at));
}

int CrashVolume::allocate(int descriptor) {
    const std::lock_guard lock(mutex_);
    errno = verdict_locked(Call::allocate, path_of(descriptor));
    return errno == 0 ? 0 : -1;
}

int CrashVolume::truncate(int descriptor, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    const auto path = path_of(descriptor);
    if (const int error = verdict_locked(Call::truncate, path); error != 0) {
        errno = error;
        return -1;
    }
    note(Change::Kind::truncate, path, size);
    return static_cast<int>(::syscall(SYS_ftruncate, descriptor, static_cast<off_t>(size)));
}

int CrashVolume::sync(int descriptor) {
    const std::lock_guard lock(mutex_);
    const auto path = path_of(descriptor);
    const int error = verdict_locked(Call::sync, path);

    struct stat status {};

    const bool is_folder = ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
    if (error != 0) {
        // Linux marks the pages clean that it could not write; an interruption does nothing.
        if (error != EINTR && !is_folder) {
            note(Change::Kind::lose, path);
        }
        errno = error;
        return -1;
    }
    if (is_folder) {
        note(Change::Kind::sync_folder, path);
    } else {
        note(manners_ == Manners::lying ? Change::Kind::lose : Change::Kind::sync, path);
    }
    return 0;
}

int CrashVolume::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    if (const int error = verdict_locked(Call::rename, to); error != 0) {
        errno = error;
        return -1;
    }
    const auto result = static_cast<int>(
        ::syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0U));
    if (result == 0) {
        const auto number = number_of(from);
        numbers_.erase(from);
        numbers_.erase(to);
        if (number) {
            numbers_[to] = *number;
        }
        changes_.push_back({.kind = Change::Kind::rename,
                            .file = number.value_or(-1),
                            .path = from,
                            .to = to,
                            .octets = {}});
    }
    return result;
}

int CrashVolume::remove(const std::string& path) {
    if (const int error = verdict(Call::remove, path); error != 0) {
        errno = error;
        return -1;
    }
    const auto result = static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path.c_str(), 0));
    if (result == 0) {
        removed(path);
    }
    return result;
}

int CrashVolume::make_folder(const std::string& path, mode_t mode) {
    const std::lock_guard lock(mutex_);
    if (const int error = verdict_locked(Call::make_folder, path); error != 0) {
        errno = error;
        return -1;
    }
    const auto result = static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path.c_str(), mode));
    if (result == 0) {
        note(Change::Kind::make_folder, path);
    }
    return result;
}

int CrashVolume::remove_folder(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (const int error = verdict_locked(Call::remove, path); error != 0) {
        errno = error;
        return -1;
    }
    const auto result =
        static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path.c_str(), AT_REMOVEDIR));
    if (result == 0) {
        note(Change::Kind::remove_folder, path);
    }
    return result;
}

void CrashVolume::forget_cached(int descriptor) {
    const std::lock_guard lock(mutex_);
    if (manners_ != Manners::lying) {
        return;
    }
    const auto path = path_of(descriptor);
    if (const auto number = number_of(path)) {
        const auto& whole = on_disk_[*number];
        const auto target = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDWR));
        ::syscall(SYS_ftruncate, target, 0);
        ::syscall(SYS_pwrite64, target, whole.data(), whole.size(), off_t{0});
        ::syscall(SYS_close, target);
    }
}

void CrashVolume::made(const std::string& path) {
    const std::lock_guard lock(mutex_);
    numbers_[path] = next_number_++;
    note(Change::Kind::make, path);
}

void CrashVolume::wrote(const std::string& path, std::string_view octets, std::uint64_t at) {
    const std::lock_guard lock(mutex_);
    note(Change::Kind::write, path, at, octets);
}

void CrashVolume::truncated(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    note(Change::Kind::truncate, path, size);
}

void CrashVolume::synced(const std::string& path) {
    const std::lock_guard lock(mutex_);
    note(manners_ == Manners::lying ? Change::Kind::lose : Change::Kind::sync, path);
}

void CrashVolume::sync_failed(const std::string& path) {
    const std::lock_guard lock(mutex_);
    note(Change::Kind::lose, path);
}

void CrashVolume::removed(const std::string& path) {
    const std::lock_guard lock(mutex_);
    note(Change::Kind::remove, path);
    numbers_.erase(path);
}

void CrashVolume::synced_folder(const std::string& path) {
    const std::lock_guard lock(mutex_);
    note(Change::Kind::sync_folder, path);
}

std::uint64_t fault_seed(std::uint64_t usual) {
    const char* const chosen = std::getenv("MAILKEEP_FAULT_SEED");
    const auto seed = chosen == nullptr ? usual : std::strtoull(chosen, nullptr, 10);
    std::printf("MAILKEEP_FAULT_SEED=%llu\n", static_cast<unsigned long long>(seed));
    return seed;
}

}  // namespace mailkeep::test
