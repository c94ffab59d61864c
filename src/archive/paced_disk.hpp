// SPDX-License-Identifier: Apache-2.0
// A disk that asks before it reads, so that a check in the background takes little of it.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include "durable_file.hpp"

namespace mailkeep::archive {

/// For reading only. Borrows both, which must outlive it.
class PacedDisk final : public Disk {
  public:
    PacedDisk(Disk& disk, const Pace& pace) : disk_(disk), pace_(pace) {}

    int open(const std::filesystem::path& path, int flags) override {
        return disk_.open(path, flags);
    }

    ssize_t read(int descriptor, std::span<char> into, std::uint64_t at) override {
        pace_(into.size());
        return disk_.read(descriptor, into, at);
    }

    void forget_cached(int descriptor, std::uint64_t from) override {
        disk_.forget_cached(descriptor, from);
    }

  private:
    Disk& disk_;
    const Pace& pace_;
};

}  // namespace mailkeep::archive
