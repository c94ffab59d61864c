// SPDX-License-Identifier: Apache-2.0
#include "encrypting_vfs.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/sector_cipher.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <string_view>

namespace mailkeep::catalog {

namespace {

constexpr std::uint64_t sector_size = 512;
constexpr std::uint64_t wal_header_size = 32;
constexpr std::uint64_t wal_frame_header_size = 24;
/// XTS takes no less; what a crash has left shorter than that holds nothing.
constexpr std::size_t smallest_unit = 16;

enum class Layout { sectors, wal };

struct CryptUnit {
    std::uint64_t at = 0;
    std::uint64_t size = 0;
};

/// The unit that the octet at `at` belongs to.
CryptUnit unit_at(Layout layout, std::uint64_t at) {
    if (layout == Layout::sectors) {
        return {at / sector_size * sector_size, sector_size};
    }
    if (at < wal_header_size) {
        return {0, wal_header_size};
    }
    constexpr auto frame_size = wal_frame_header_size + EncryptingVfs::page_size;
    const auto frame = wal_header_size + (at - wal_header_size) / frame_size * frame_size;
    return at < frame + wal_frame_header_size
               ? CryptUnit{frame, wal_frame_header_size}
               : CryptUnit{frame + wal_frame_header_size, EncryptingVfs::page_size};
}

/// "mailkeep.db" of mailkeep.db, mailkeep.db-wal and mailkeep.db.before-0002 in any folder: the
/// files of one database have one name for their keys, also after they are moved.
std::string_view database_name(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    constexpr std::string_view ending = ".db";
    const auto end = name.find(ending);
    return end == std::string_view::npos ? name : name.substr(0, end + ending.size());
}

std::string_view role_of(int flags) {
    if ((flags & SQLITE_OPEN_WAL) != 0) {
        return "wal";
    }
    return (flags & SQLITE_OPEN_MAIN_DB) != 0 ? "database" : "journal";
}

/// What SQLite holds as an open file; that of the VFS below lies directly behind it, in memory that
/// SQLite gives and takes back.
struct EncryptedFile : sqlite3_file {
    Layout layout = Layout::sectors;
    std::optional<SectorCipher> cipher;
    std::array<char, EncryptingVfs::page_size> buffer{};

    [[nodiscard]] sqlite3_file* below() {
        return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(this) +
                                               sizeof(EncryptedFile));
    }
};

// SQLite aligns to 8.
static_assert(alignof(EncryptedFile) <= 8 && sizeof(EncryptedFile) % 8 == 0);

EncryptedFile& ours(sqlite3_file* file) {
    return *static_cast<EncryptedFile*>(file);
}

sqlite3_file* below(sqlite3_file* file) {
    return ours(file).below();
}

/// How much of the range is in the file: SQLite's read call fills the rest with zeros, and does not
/// say where it began.
int find_end(EncryptedFile& file, std::uint64_t from, std::uint64_t count, std::uint64_t& there) {
    sqlite3_int64 end = 0;
    const int code = file.below()->pMethods->xFileSize(file.below(), &end);
    const auto size = static_cast<std::uint64_t>(end);
    there = size > from ? std::min(count, size - from) : 0;
    return code;
}

/// Whole units. What is not in the file is zeros.
int read_units(EncryptedFile& file, std::uint64_t from, std::span<char> into,
               std::uint64_t& there) {
    there = into.size();
    int code = file.below()->pMethods->xRead(
        file.below(), into.data(), static_cast<int>(into.size()), static_cast<sqlite3_int64>(from));
    if (code == SQLITE_IOERR_SHORT_READ) {
        code = find_end(file, from, into.size(), there);
    }
    for (std::uint64_t done = 0; code == SQLITE_OK && done < there;) {
        const auto unit = unit_at(file.layout, from + done);
        const auto octets = into.subspan(done, std::min(unit.size, there - done));
        if (octets.size() < smallest_unit) {
            std::fill(octets.begin(), octets.end(), '\0');
        } else if (!file.cipher->decrypt(unit.at, octets)) {
            code = SQLITE_IOERR_READ;
        }
        done += unit.size;
    }
    return code;
}

bool is_unit_edge(Layout layout, std::uint64_t at) {
    return unit_at(layout, at).at == at;
}

int read(sqlite3_file* handle, void* into, int count, sqlite3_int64 from) noexcept {
    auto& file = ours(handle);
    std::span out(static_cast<char*>(into), static_cast<std::size_t>(count));
    auto at = static_cast<std::uint64_t>(from);
    std::uint64_t there = 0;
    if (is_unit_edge(file.layout, at) && is_unit_edge(file.layout, at + out.size())) {
        const int code = read_units(file, at, out, there);
        return code == SQLITE_OK && there < out.size() ? SQLITE_IOERR_SHORT_READ : code;
    }
    bool is_short = false;
    while (!out.empty()) {
        const auto unit = unit_at(file.layout, at);
        const int code = read_units(file, unit.at, std::span(file.buffer).first(unit.size), there);
        if (code != SQLITE_OK) {
            return code;
        }
        const auto piece = std::min<std::uint64_t>(unit.at + unit.size - at, out.size());
        std::memcpy(out.data(), file.buffer.data() + (at - unit.at), piece);
        is_short = is_short || at + piece > unit.at + there;
        out = out.subspan(piece);
        at += piece;
    }
    return is_short ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

int write_buffer(EncryptedFile& file, std::uint64_t at, std::size_t size) {
    return file.below()->pMethods->xWrite(file.below(), file.buffer.data(), static_cast<int>(size),
                                          static_cast<sqlite3_int64>(at));
}

/// A piece of one unit: the rest of it is as it was.
int write_within(EncryptedFile& file, const CryptUnit& unit, std::uint64_t at,
                 std::span<const char> octets) {
    const auto whole = std::span(file.buffer).first(unit.size);
    std::uint64_t there = 0;
    if (const int code = read_units(file, unit.at, whole, there); code != SQLITE_OK) {
        return code;
    }
    std::copy(octets.begin(), octets.end(),
              whole.begin() + static_cast<std::ptrdiff_t>(at - unit.at));
    return file.cipher->encrypt(unit.at, whole) ? write_buffer(file, unit.at, whole.size())
                                                : SQLITE_IOERR_WRITE;
}

/// As many whole units from the start of `octets` as the buffer takes; their size, or nothing.
std::optional<std::size_t> encrypt_units(EncryptedFile& file, std::uint64_t at,
                                         std::span<const char> octets) {
    std::size_t size = 0;
    auto unit = unit_at(file.layout, at);
    while (unit.size <= octets.size() - size && unit.size <= file.buffer.size() - size) {
        const auto into = std::span(file.buffer).subspan(size, unit.size);
        std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(size), unit.size, into.begin());
        if (!file.cipher->encrypt(unit.at, into)) {
            return std::nullopt;
        }
        size += unit.size;
        unit = unit_at(file.layout, at + size);
    }
    return size;
}

int write(sqlite3_file* handle, const void* octets, int count, sqlite3_int64 from) noexcept {
    auto& file = ours(handle);
    std::span in(static_cast<const char*>(octets), static_cast<std::size_t>(count));
    auto at = static_cast<std::uint64_t>(from);
    while (!in.empty()) {
        const auto unit = unit_at(file.layout, at);
        auto piece =
            static_cast<std::size_t>(std::min<std::uint64_t>(unit.at + unit.size - at, in.size()));
        int code = SQLITE_OK;
        if (piece < unit.size) {
            code = write_within(file, unit, at, in.first(piece));
        } else if (const auto size = encrypt_units(file, at, in)) {
            piece = *size;
            code = write_buffer(file, at, piece);
        } else {
            code = SQLITE_IOERR_WRITE;
        }
        if (code != SQLITE_OK) {
            return code;
        }
        in = in.subspan(piece);
        at += piece;
    }
    return SQLITE_OK;
}

int close(sqlite3_file* handle) noexcept {
    const int code = below(handle)->pMethods->xClose(below(handle));
    ours(handle).~EncryptedFile();
    return code;
}

/// Version 2: no xFetch, so that nothing is mapped into memory past the cipher.
const sqlite3_io_methods methods{
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate =
        [](sqlite3_file* file, sqlite3_int64 size) {
            return below(file)->pMethods->xTruncate(below(file), size);
        },
    .xSync = [](sqlite3_file* file,
                int flags) { return below(file)->pMethods->xSync(below(file), flags); },
    .xFileSize =
        [](sqlite3_file* file, sqlite3_int64* size) {
            return below(file)->pMethods->xFileSize(below(file), size);
        },
    .xLock = [](sqlite3_file* file,
                int lock) { return below(file)->pMethods->xLock(below(file), lock); },
    .xUnlock = [](sqlite3_file* file,
                  int lock) { return below(file)->pMethods->xUnlock(below(file), lock); },
    .xCheckReservedLock =
        [](sqlite3_file* file, int* result) {
            return below(file)->pMethods->xCheckReservedLock(below(file), result);
        },
    .xFileControl =
        [](sqlite3_file* file, int what, void* value) {
            return below(file)->pMethods->xFileControl(below(file), what, value);
        },
    .xSectorSize =
        [](sqlite3_file* file) { return below(file)->pMethods->xSectorSize(below(file)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* file) {
            return below(file)->pMethods->xDeviceCharacteristics(below(file));
        },
    .xShmMap =
        [](sqlite3_file* file, int page, int size, int extend, void volatile** into) {
            return below(file)->pMethods->xShmMap(below(file), page, size, extend, into);
        },
    .xShmLock =
        [](sqlite3_file* file, int offset, int count, int flags) {
            return below(file)->pMethods->xShmLock(below(file), offset, count, flags);
        },
    .xShmBarrier = [](sqlite3_file* file) { below(file)->pMethods->xShmBarrier(below(file)); },
    .xShmUnmap = [](sqlite3_file* file,
                    int remove) { return below(file)->pMethods->xShmUnmap(below(file), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

/// What SQLite sees of an EncryptingVfs.
struct Layer : sqlite3_vfs {
    sqlite3_vfs* base = nullptr;
    Secret key;
    std::string name;
};

sqlite3_vfs* base(sqlite3_vfs* layer) {
    return static_cast<Layer*>(layer)->base;
}

/// Keys of its own for each database and role, so that equal sectors of two files differ.
std::string file_key(const Secret& key, std::string_view path, int flags) {
    const auto half = [&](std::string_view part) {
        return derive_key(key.reveal(), database_name(path),
                          fmt::format("mailkeep sqlite {} {} 1", role_of(flags), part));
    };
    return half("data") + half("place");
}

// Nothing may be thrown through SQLite: where even a key cannot be derived, the program ends.
int open(sqlite3_vfs* layer, const char* path, sqlite3_file* handle, int flags,
         int* flags_out) noexcept {
    auto& file = *new (handle) EncryptedFile;
    file.pMethods = nullptr;
    file.below()->pMethods = nullptr;
    const int code = base(layer)->xOpen(base(layer), path, file.below(), flags, flags_out);
    if (code != SQLITE_OK) {
        if (file.below()->pMethods != nullptr) {
            file.below()->pMethods->xClose(file.below());
        }
        file.~EncryptedFile();
        return code;
    }
    auto key = file_key(static_cast<Layer*>(layer)->key, path == nullptr ? "" : path, flags);
    file.cipher.emplace(key);
    wipe(key);
    file.layout = (flags & SQLITE_OPEN_WAL) != 0 ? Layout::wal : Layout::sectors;
    file.pMethods = &methods;
    return SQLITE_OK;
}

void pass_on_the_rest(Layer& layer) {
    layer.xDelete = [](sqlite3_vfs* vfs, const char* path, int sync_folder) {
        return base(vfs)->xDelete(base(vfs), path, sync_folder);
    };
    layer.xAccess = [](sqlite3_vfs* vfs, const char* path, int flags, int* result) {
        return base(vfs)->xAccess(base(vfs), path, flags, result);
    };
    layer.xFullPathname = [](sqlite3_vfs* vfs, const char* path, int size, char* into) {
        return base(vfs)->xFullPathname(base(vfs), path, size, into);
    };
    layer.xRandomness = [](sqlite3_vfs* vfs, int size, char* into) {
        return base(vfs)->xRandomness(base(vfs), size, into);
    };
    layer.xSleep = [](sqlite3_vfs* vfs, int microseconds) {
        return base(vfs)->xSleep(base(vfs), microseconds);
    };
    layer.xCurrentTime = [](sqlite3_vfs* vfs, double* now) {
        return base(vfs)->xCurrentTime(base(vfs), now);
    };
    layer.xGetLastError = [](sqlite3_vfs* vfs, int size, char* into) {
        return base(vfs)->xGetLastError(base(vfs), size, into);
    };
    layer.xCurrentTimeInt64 = [](sqlite3_vfs* vfs, sqlite3_int64* now) {
        return base(vfs)->xCurrentTimeInt64(base(vfs), now);
    };
}

}  // namespace

struct EncryptingVfs::State {
    Layer layer{};
};

EncryptingVfs::EncryptingVfs(const Secret& key) : state_(std::make_unique<State>()) {
    MAILKEEP_ASSERT(key.reveal().size() == sizeof(Digest::octets));
    auto& layer = state_->layer;
    layer.base = sqlite3_vfs_find(nullptr);
    MAILKEEP_ASSERT(layer.base != nullptr);
    layer.key = key;
    // No two live at one address.
    layer.name = fmt::format("mailkeep-{}", static_cast<void*>(state_.get()));
    layer.iVersion = 2;
    layer.szOsFile = static_cast<int>(sizeof(EncryptedFile)) + layer.base->szOsFile;
    layer.mxPathname = layer.base->mxPathname;
    layer.zName = layer.name.c_str();
    layer.xOpen = open;
    pass_on_the_rest(layer);
    MAILKEEP_ASSERT(sqlite3_vfs_register(&layer, 0) == SQLITE_OK);
}

EncryptingVfs::~EncryptingVfs() {
    sqlite3_vfs_unregister(&state_->layer);
}

const std::string& EncryptingVfs::name() const {
    return state_->layer.name;
}

}  // namespace mailkeep::catalog
