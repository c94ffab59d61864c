// SPDX-License-Identifier: Apache-2.0
// The C library's calls that change files, as this program sees them: those below the folder of a
// CrashVolume are the volume's, all others go to the system. So nothing goes around it: neither
// std::filesystem nor code that makes a Disk of its own. Only for fault_test; what SQLite calls is
// left to its VFS (crash_vfs.cpp), which says so with SystemCallsOfSqlite.
#include "support/crash_calls.hpp"

#include "support/crash_volume.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <string>

namespace mailkeep::test {

namespace {

thread_local int calls_of_sqlite = 0;

std::string absolute(int folder, const char* path) {
    if (path[0] == '/') {
        return path;
    }
    const auto base = folder == AT_FDCWD ? std::string("/proc/self/cwd")
                                         : "/proc/self/fd/" + std::to_string(folder);
    std::error_code ignored;
    return (std::filesystem::read_symlink(base, ignored) / path).string();
}

/// Asks for no memory where there is no volume: it may be memory that ends.
CrashVolume* volume_of(int folder, const char* path) {
    return calls_of_sqlite != 0 || !CrashVolume::is_there()
               ? nullptr
               : CrashVolume::of(absolute(folder, path));
}

CrashVolume* volume_of(int descriptor) {
    return calls_of_sqlite != 0 ? nullptr : CrashVolume::of(descriptor);
}

int open_file(int folder, const char* path, int flags, mode_t mode) {
    if (auto* const volume = volume_of(folder, path)) {
        return volume->open(absolute(folder, path), flags, mode);
    }
    return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}

int remove_entry(int folder, const char* path, int flags) {
    if (auto* const volume = volume_of(folder, path)) {
        const auto name = absolute(folder, path);
        return (flags & AT_REMOVEDIR) != 0 ? volume->remove_folder(name) : volume->remove(name);
    }
    return static_cast<int>(::syscall(SYS_unlinkat, folder, path, flags));
}

int sync_file(int descriptor, long call) {
    if (auto* const volume = volume_of(descriptor)) {
        return volume->sync(descriptor);
    }
    return static_cast<int>(::syscall(call, descriptor));
}

}  // namespace

SystemCallsOfSqlite::SystemCallsOfSqlite() {
    ++calls_of_sqlite;
}

SystemCallsOfSqlite::~SystemCallsOfSqlite() {
    --calls_of_sqlite;
}

}  // namespace mailkeep::test

using mailkeep::test::absolute;
using mailkeep::test::open_file;
using mailkeep::test::remove_entry;
using mailkeep::test::sync_file;
using mailkeep::test::volume_of;

#define MODE_OF(flags, mode)                           \
    mode_t mode = 0;                                   \
    if (((flags)&O_CREAT) != 0) {                      \
        va_list rest;                                  \
        va_start(rest, flags);                         \
        mode = static_cast<mode_t>(va_arg(rest, int)); \
        va_end(rest);                                  \
    }

extern "C" {

int open(const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    return open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    return open_file(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    return open_file(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
    MODE_OF(flags, mode)
    return open_file(folder, path, flags, mode);
}

ssize_t pwrite(int descriptor, const void* octets, size_t count, off_t at) {
    if (auto* const volume = volume_of(descriptor)) {
        return volume->write(descriptor, {static_cast<const char*>(octets), count},
                             static_cast<std::uint64_t>(at));
    }
    return ::syscall(SYS_pwrite64, descriptor, octets, count, at);
}

ssize_t pwrite64(int descriptor, const void* octets, size_t count, off64_t at) {
    return pwrite(descriptor, octets, count, at);
}

int fsync(int descriptor) {
    return sync_file(descriptor, SYS_fsync);
}

int fdatasync(int descriptor) {
    return sync_file(descriptor, SYS_fdatasync);
}

int ftruncate(int descriptor, off_t size) noexcept {
    if (auto* const volume = volume_of(descriptor)) {
        return volume->truncate(descriptor, static_cast<std::uint64_t>(size));
    }
    return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
}

int ftruncate64(int descriptor, off64_t size) noexcept {
    return ftruncate(descriptor, size);
}

int fallocate(int descriptor, int /*mode*/, off_t /*from*/, off_t /*size*/) {
    if (auto* const volume = volume_of(descriptor)) {
        return volume->allocate(descriptor);
    }
    // In memory, where the states after a fault are lived through, taking room costs more than all
    // the rest of it.
    errno = EOPNOTSUPP;
    return -1;
}

int fallocate64(int descriptor, int mode, off64_t from, off64_t size) {
    return fallocate(descriptor, mode, from, size);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    if (auto* const volume = volume_of(from_folder, from)) {
        return volume->rename(absolute(from_folder, from), absolute(to_folder, to));
    }
    return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0U));
}

int rename(const char* from, const char* to) noexcept {
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
    return remove_entry(folder, path, flags);
}

int unlink(const char* path) noexcept {
    return remove_entry(AT_FDCWD, path, 0);
}

int rmdir(const char* path) noexcept {
    return remove_entry(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char* path) noexcept {
    const int result = remove_entry(AT_FDCWD, path, 0);
    return result != 0 && errno == EISDIR ? remove_entry(AT_FDCWD, path, AT_REMOVEDIR) : result;
}

int mkdirat(int folder, const char* path, mode_t mode) noexcept {
    if (auto* const volume = volume_of(folder, path)) {
        return volume->make_folder(absolute(folder, path), mode);
    }
    return static_cast<int>(::syscall(SYS_mkdirat, folder, path, mode));
}

int mkdir(const char* path, mode_t mode) noexcept {
    return mkdirat(AT_FDCWD, path, mode);
}
}
