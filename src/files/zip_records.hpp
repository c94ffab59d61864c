// SPDX-License-Identifier: Apache-2.0
// The records of a zip file (PKWARE's APPNOTE.TXT, section 4.3), with zip64 where something does
// not fit into four octets.
#pragma once

#include "mailkeep/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace mailkeep::files {

struct ZipMember {
    std::string name;                   ///< UTF-8; of a folder with "/" at its end
    std::optional<Timestamp> modified;  ///< to the second
    bool has_wide_sizes = false;  ///< where they stand beside the octets, for they may be large
    bool has_descriptor = false;  ///< crc and sizes stand behind the octets only
    std::uint32_t crc = 0;
    std::uint64_t size = 0;
    std::uint64_t deflated_size = 0;
    std::uint64_t offset = 0;  ///< of its local header

    [[nodiscard]] bool is_folder() const { return name.ends_with('/'); }
};

/// Of a length that does not depend on crc, sizes and has_descriptor (4.3.7).
[[nodiscard]] std::string local_header(const ZipMember& member);

/// 4.3.9.
[[nodiscard]] std::string data_descriptor(const ZipMember& member);

/// In the central directory (4.3.12).
[[nodiscard]] std::string directory_header(const ZipMember& member);

/// Behind the central directory (4.3.14 to 4.3.16), which has so many members and octets.
[[nodiscard]] std::string end_of_directory(std::uint64_t members, std::uint64_t size,
                                           std::uint64_t offset);

}  // namespace mailkeep::files
