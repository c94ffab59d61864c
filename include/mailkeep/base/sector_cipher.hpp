// SPDX-License-Identifier: Apache-2.0
// AES-256-XTS (IEEE 1619) for files that are written in place: as many octets out as in, nothing
// authenticated. For all else there is seal().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace mailkeep {

/// One thread at a time.
class SectorCipher {
  public:
    /// Requires: key of 64 octets, its halves different.
    explicit SectorCipher(std::string_view key);
    ~SectorCipher();
    SectorCipher(const SectorCipher&) = delete;
    SectorCipher& operator=(const SectorCipher&) = delete;

    /// In place. `place` tells equal sectors of one key apart. False when OpenSSL fails. Requires:
    /// at least 16 octets.
    [[nodiscard]] bool encrypt(std::uint64_t place, std::span<char> sector) const noexcept;
    [[nodiscard]] bool decrypt(std::uint64_t place, std::span<char> sector) const noexcept;

  private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

}  // namespace mailkeep
