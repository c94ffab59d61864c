// SPDX-License-Identifier: Apache-2.0
#include "support/crash_disk.hpp"

#include <fcntl.h>

namespace mailkeep::test {

namespace fs = std::filesystem;

int CrashDisk::open(const fs::path& path, int flags) {
    return volume_.open(path.string(), flags | O_CLOEXEC, 0600);
}

ssize_t CrashDisk::write(int descriptor, std::string_view octets, std::uint64_t at) {
    return volume_.write(descriptor, octets, at);
}

ssize_t CrashDisk::read(int descriptor, std::span<char> into, std::uint64_t at) {
    return volume_.read(descriptor, into, at);
}

int CrashDisk::allocate(int descriptor, std::uint64_t /*from*/, std::uint64_t /*size*/) {
    return volume_.allocate(descriptor);
}

int CrashDisk::sync(int descriptor) {
    return volume_.sync(descriptor);
}

int CrashDisk::sync_data(int descriptor) {
    return volume_.sync(descriptor);
}

void CrashDisk::forget_cached(int descriptor, std::uint64_t /*from*/) {
    volume_.forget_cached(descriptor);
}

int CrashDisk::rename(const fs::path& from, const fs::path& to) {
    return volume_.rename(from.string(), to.string());
}

int CrashDisk::remove(const fs::path& path) {
    return volume_.remove(path.string());
}

}  // namespace mailkeep::test
