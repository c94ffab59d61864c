// SPDX-License-Identifier: Apache-2.0
// The key of an encrypted archive, and the slots that hold it: DATA/keys/<name>.slot, each the same
// data key wrapped under a passphrase of its own. Format: src/archive/FORMAT.md.
// A slot is worth nothing without its passphrase, and an archive nothing without a slot: a replica
// carries them.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/model/account.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// The secret that all of an archive is encrypted under, or none: an archive that is not encrypted.
/// Never prints; wiped when it goes.
class DataKey {
  public:
    static constexpr std::size_t size = 32;

    /// No key.
    DataKey() = default;
    /// Requires: `size` octets.
    explicit DataKey(std::string_view octets);
    // A move would leave octets behind in what it moves from.
    DataKey(const DataKey&) = default;
    DataKey& operator=(const DataKey& other);
    ~DataKey();

    [[nodiscard]] bool empty() const { return octets_.empty(); }

    /// A key of 32 octets for one purpose (HKDF-SHA256). Requires: !empty().
    [[nodiscard]] std::string derive(std::string_view salt, std::string_view purpose) const;

    /// The octets themselves. Only what wraps them may ask.
    [[nodiscard]] const std::string& reveal() const { return octets_; }

  private:
    std::string octets_;
};

[[nodiscard]] DataKey make_data_key();

}  // namespace mailkeep::archive
