// SPDX-License-Identifier: Apache-2.0
// The archive's door to a CrashVolume.
#pragma once

#include "durable_file.hpp"
#include "support/crash_volume.hpp"

namespace mailkeep::test {

/// Calls outside the volume's folder go to the system. Borrows volume, which must outlive it.
class CrashDisk final : public archive::Disk {
  public:
    explicit CrashDisk(CrashVolume& volume) : volume_(volume) {}

    int open(const std::filesystem::path& path, int flags) override;
    ssize_t write(int descriptor, std::string_view octets, std::uint64_t at) override;
    ssize_t read(int descriptor, std::span<char> into, std::uint64_t at) override;
    int allocate(int descriptor, std::uint64_t from, std::uint64_t size) override;
    int sync(int descriptor) override;
    int sync_data(int descriptor) override;
    void forget_cached(int descriptor, std::uint64_t from) override;
    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    int remove(const std::filesystem::path& path) override;

  private:
    CrashVolume& volume_;
};

}  // namespace mailkeep::test
