// SPDX-License-Identifier: Apache-2.0
// The text file DATA/ARCHIVE: what archive this is and what a program must know to use it.
#pragma once

#include "mailkeep/archive/keys.hpp"
#include "mailkeep/base/time.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace mailkeep::archive {

class Disk;

struct Identity {
    std::string uuid;  ///< 16 octets
    Timestamp created{};
    bool may_hold_packs = false;             ///< then a reader must know them
    std::string key_check;                   ///< 32 octets; empty: not encrypted
    std::string features_to_write = "none";  ///< unknown ones forbid to write, not to read
};

[[nodiscard]] std::string to_text(const Identity& identity);
/// Throws Error{corrupt} when a single octet is not as it was written, Error{invalid} when it takes
/// a newer Mailkeep to read this archive.
[[nodiscard]] Identity identity_from_text(std::string_view text);
/// The text in the archive's folder. Throws Error{not_found}, Error{storage}.
[[nodiscard]] std::string read_identity_text(Disk& disk, const std::filesystem::path& data);
/// What proves that it is the key of the archive with this uuid, and tells nothing of the key. GCM
/// alone does not: an octet string can be made that opens under two keys.
[[nodiscard]] std::string key_check_of(const DataKey& key, std::string_view uuid);
/// Throws Error{authentication} when the archive is encrypted and this is not its key,
/// Error{invalid} when it is a key and the archive is not encrypted.
void require_key(const Identity& identity, const DataKey& key);
/// Throws Error{invalid} when it takes a newer Mailkeep to write to this archive.
void require_writable(const Identity& identity);

}  // namespace mailkeep::archive
