// SPDX-License-Identifier: Apache-2.0
// One key slot: the data key, wrapped under a passphrase, as a text file of the archive. The layout
// stands in FORMAT.md.
#pragma once

#include "mailkeep/archive/keys.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

struct SlotFile {
    std::string name;
    Timestamp created{};
    ScryptCost cost;
    std::string salt;     ///< 32 octets
    std::string wrapped;  ///< nonce (12) || data key, encrypted (32) || GCM tag (16)

    friend bool operator==(const SlotFile&, const SlotFile&) = default;
};

[[nodiscard]] bool is_slot_name(std::string_view name);

[[nodiscard]] std::string to_text(const SlotFile& slot);
/// Nothing when a single octet is not as it was written, and for what to_text() would not write: an
/// unknown derivation, or one that takes too much memory.
[[nodiscard]] std::optional<SlotFile> slot_from_text(std::string_view text);

/// A slot of the archive with this uuid. Requires: is_slot_name, is_bearable(cost).
[[nodiscard]] SlotFile close_slot(const SlotFile& plan, std::string_view archive_uuid,
                                  const DataKey& key, const Secret& passphrase);
/// Nothing when the passphrase is another one, or the slot another archive's.
[[nodiscard]] std::optional<DataKey> open_slot(const SlotFile& slot, std::string_view archive_uuid,
                                               const Secret& passphrase);

/// Puts it into the archive's folder, durable on return. Throws Error{storage}.
void write_slot(const std::filesystem::path& data, const SlotFile& slot);

}  // namespace mailkeep::archive
