// SPDX-License-Identifier: Apache-2.0
#include "support/crash_vfs.hpp"

#include "support/crash_calls.hpp"
#include "support/crash_volume.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <string>

namespace mailkeep::test {

namespace {

/// What SQLite sees as a file; the system's own follows directly behind it in memory.
struct File {
    sqlite3_file base;
    const char* path;  // null for temporary files; lives as long as the file, says SQLite
    bool syncs_folder;

    [[nodiscard]] sqlite3_file* system() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* file_of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}

sqlite3_vfs* system_vfs() {
    static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
    return vfs;
}

/// Null for what lies elsewhere.
CrashVolume* volume_of(const File* file) {
    return file->path == nullptr ? nullptr : CrashVolume::of(file->path);
}

int code_of(int error, int otherwise) {
    return error == ENOSPC || error == EDQUOT ? SQLITE_FULL : otherwise;
}

/// SQLite repeats what was interrupted, below the VFS; so an interruption is none.
int verdict(CrashVolume* volume, Call call, const char* path) {
    if (volume == nullptr) {
        return 0;
    }
    const int error = volume->verdict(call, path);
    return error == EINTR ? volume->verdict(call, path) : error;
}

template <class Work>
int by_system(const Work& work) {
    const SystemCallsOfSqlite unseen;
    return work();
}

int close(sqlite3_file* base) {
    auto* const file = file_of(base);
    return by_system([&] { return file->system()->pMethods->xClose(file->system()); });
}

int read(sqlite3_file* base, void* into, int count, sqlite3_int64 at) {
    auto* const file = file_of(base);
    if (verdict(volume_of(file), Call::read, file->path) != 0) {
        return SQLITE_IOERR_READ;
    }
    return file->system()->pMethods->xRead(file->system(), into, count, at);
}

int write(sqlite3_file* base, const void* octets, int count, sqlite3_int64 at) {
    auto* const file = file_of(base);
    auto* const volume = volume_of(file);
    const int error = verdict(volume, Call::write, file->path);
    const int size = error == 0 ? count : count / 2;
    const int code = by_system(
        [&] { return file->system()->pMethods->xWrite(file->system(), octets, size, at); });
    if (volume != nullptr && code == SQLITE_OK) {
        volume->wrote(file->path,
                      {static_cast<const char*>(octets), static_cast<std::size_t>(size)},
                      static_cast<std::uint64_t>(at));
    }
    return error == 0 ? code : code_of(error, SQLITE_IOERR_WRITE);
}

int truncate(sqlite3_file* base, sqlite3_int64 size) {
    auto* const file = file_of(base);
    auto* const volume = volume_of(file);
    if (verdict(volume, Call::truncate, file->path) != 0) {
        return SQLITE_IOERR_TRUNCATE;
    }
    const int code =
        by_system([&] { return file->system()->pMethods->xTruncate(file->system(), size); });
    if (volume != nullptr && code == SQLITE_OK) {
        volume->truncated(file->path, static_cast<std::uint64_t>(size));
    }
    return code;
}

int sync(sqlite3_file* base, int flags) {
    auto* const file = file_of(base);
    auto* const volume = volume_of(file);
    if (volume == nullptr) {
        return by_system([&] { return file->system()->pMethods->xSync(file->system(), flags); });
    }
    if (verdict(volume, Call::sync, file->path) != 0) {
        volume->sync_failed(file->path);
        return SQLITE_IOERR_FSYNC;
    }
    volume->synced(file->path);
    // The system's VFS does the same the first time it syncs a journal it has made.
    if (file->syncs_folder) {
        volume->synced_folder(std::filesystem::path(file->path).parent_path().string());
        file->syncs_folder = false;
    }
    return SQLITE_OK;
}

int file_size(sqlite3_file* base, sqlite3_int64* size) {
    auto* const file = file_of(base);
    return file->system()->pMethods->xFileSize(file->system(), size);
}

int lock(sqlite3_file* base, int level) {
    auto* const file = file_of(base);
    return file->system()->pMethods->xLock(file->system(), level);
}

int unlock(sqlite3_file* base, int level) {
    auto* const file = file_of(base);
    return by_system([&] { return file->system()->pMethods->xUnlock(file->system(), level); });
}

int check_reserved_lock(sqlite3_file* base, int* result) {
    auto* const file = file_of(base);
    return file->system()->pMethods->xCheckReservedLock(file->system(), result);
}

int file_control(sqlite3_file* base, int operation, void* argument) {
    auto* const file = file_of(base);
    return by_system([&] {
        return file->system()->pMethods->xFileControl(file->system(), operation, argument);
    });
}

int sector_size(sqlite3_file* base) {
    auto* const file = file_of(base);
    return file->system()->pMethods->xSectorSize(file->system());
}

int device_characteristics(sqlite3_file* base) {
    auto* const file = file_of(base);
    return file->system()->pMethods->xDeviceCharacteristics(file->system());
}

int shm_map(sqlite3_file* base, int page, int size, int extend, void volatile** into) {
    auto* const file = file_of(base);
    return by_system([&] {
        return file->system()->pMethods->xShmMap(file->system(), page, size, extend, into);
    });
}

int shm_lock(sqlite3_file* base, int offset, int count, int flags) {
    auto* const file = file_of(base);
    return file->system()->pMethods->xShmLock(file->system(), offset, count, flags);
}

void shm_barrier(sqlite3_file* base) {
    auto* const file = file_of(base);
    file->system()->pMethods->xShmBarrier(file->system());
}

int shm_unmap(sqlite3_file* base, int remove) {
    auto* const file = file_of(base);
    return by_system([&] { return file->system()->pMethods->xShmUnmap(file->system(), remove); });
}

// Version 2: without xFetch, which would read past xRead.
constexpr sqlite3_io_methods methods{.iVersion = 2,
                                     .xClose = close,
                                     .xRead = read,
                                     .xWrite = write,
                                     .xTruncate = truncate,
                                     .xSync = sync,
                                     .xFileSize = file_size,
                                     .xLock = lock,
                                     .xUnlock = unlock,
                                     .xCheckReservedLock = check_reserved_lock,
                                     .xFileControl = file_control,
                                     .xSectorSize = sector_size,
                                     .xDeviceCharacteristics = device_characteristics,
                                     .xShmMap = shm_map,
                                     .xShmLock = shm_lock,
                                     .xShmBarrier = shm_barrier,
                                     .xShmUnmap = shm_unmap,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

int open(sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* into, int flags, int* out_flags) {
    auto* const file = new (into) File{{nullptr}, path, false};
    auto* const volume = volume_of(file);
    const bool makes =
        volume != nullptr && (flags & SQLITE_OPEN_CREATE) != 0 && ::access(path, F_OK) != 0;
    if (verdict(volume, makes ? Call::make : Call::open, path) != 0) {
        return SQLITE_CANTOPEN;
    }
    const int code = by_system(
        [&] { return system_vfs()->xOpen(system_vfs(), path, file->system(), flags, out_flags); });
    if (code == SQLITE_OK) {
        file->base.pMethods = &methods;
        file->syncs_folder =
            makes &&
            (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
        if (makes) {
            volume->made(path);
        }
    }
    return code;
}

int remove(sqlite3_vfs* /*vfs*/, const char* path, int syncs_folder) {
    auto* const volume = CrashVolume::of(path);
    if (verdict(volume, Call::remove, path) != 0) {
        return SQLITE_IOERR_DELETE;
    }
    const int code =
        by_system([&] { return system_vfs()->xDelete(system_vfs(), path, syncs_folder); });
    if (volume != nullptr && code == SQLITE_OK) {
        volume->removed(path);
        if (syncs_folder != 0) {
            volume->synced_folder(std::filesystem::path(path).parent_path().string());
        }
    }
    return code;
}

}  // namespace

void use_crash_vfs() {
    static sqlite3_vfs vfs = [] {
        auto made = *system_vfs();
        made.szOsFile = static_cast<int>(sizeof(File)) + system_vfs()->szOsFile;
        made.zName = "mailkeep-crash";
        made.xOpen = open;
        made.xDelete = remove;
        return made;
    }();
    sqlite3_vfs_register(&vfs, 1);
}

}  // namespace mailkeep::test
