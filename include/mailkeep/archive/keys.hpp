// SPDX-License-Identifier: Apache-2.0
// The key of an encrypted archive, and the slots that hold it: DATA/keys/<name>.slot, each the same
// data key wrapped under a passphrase of its own. Format: src/archive/FORMAT.md.
// A slot is worth nothing without its passphrase, and an archive nothing without a slot: a replica
// carries them.
#pragma once

#include "mailkeep/base/passphrase.hpp"
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

/// What a new archive is opened with.
struct FirstSlot {
    std::string name;
    Secret passphrase;
    ScryptCost cost;
};

struct KeySlot {
    std::string name;
    Timestamp created{};
    std::string problem;  ///< why it cannot be used; empty when it can
};

/// Throws Error{invalid} unless it is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit.
void require_slot_name(std::string_view name);

/// Makes a slot in the archive's folder, durable on return. Error{conflict} when there is one of
/// this name, Error{invalid} for a name that cannot be one, for an empty passphrase, and when the
/// archive is not encrypted under this key.
void add_key_slot(const std::filesystem::path& data, std::string_view name, const DataKey& key,
                  const Secret& passphrase, Timestamp now, const ScryptCost& cost = {});

/// Error{not_found} and Error{corrupt} as for Archive.
[[nodiscard]] bool is_encrypted(const std::filesystem::path& data);

/// All of them by name, those that are damaged too.
[[nodiscard]] std::vector<KeySlot> key_slots(const std::filesystem::path& data);

/// Durable on return. Error{not_found}; Error{conflict} when no usable slot would be left.
void remove_key_slot(const std::filesystem::path& data, std::string_view name);

/// The key that some slot holds under this passphrase; none when the archive is not encrypted.
/// Error{authentication} when no slot opens, naming those that are damaged. A passphrase takes a
/// third of a second and 64 MiB for each slot tried.
[[nodiscard]] DataKey unlock(const std::filesystem::path& data, const Secret& passphrase);

}  // namespace mailkeep::archive
