// SPDX-License-Identifier: Apache-2.0
// The text file DATA/ARCHIVE: what archive this is and what a program must know to use it.
#pragma once

#include "mailkeep/base/time.hpp"

#include <string>
#include <string_view>

namespace mailkeep::archive {

struct Identity {
    std::string uuid;  ///< 16 octets
    Timestamp created{};
    std::string features_to_write = "none";  ///< unknown ones forbid to write, not to read
};

[[nodiscard]] std::string to_text(const Identity& identity);
/// Throws Error{corrupt} when a single octet is not as it was written, Error{invalid} when it takes
/// a newer Mailkeep to read this archive.
[[nodiscard]] Identity identity_from_text(std::string_view text);
/// Throws Error{invalid} when it takes a newer Mailkeep to write to this archive.
void require_writable(const Identity& identity);

}  // namespace mailkeep::archive
