// SPDX-License-Identifier: Apache-2.0
// The header of a file whose front is damaged, from where it stands again: behind the last frame of
// a pack, in the HEADER frames of a journal.
#pragma once

#include "durable_file.hpp"
#include "frame.hpp"

#include <optional>

namespace mailkeep::archive {

/// As it stands again; nothing when it does not. What a HEADER frame says must be proven by a batch
/// of the file: the octets searched may be those of a mail, or of a file that is gone. The
/// archive's key, empty when it is not encrypted.
[[nodiscard]] std::optional<FileHeader> repeated_header(const ReadableFile& file,
                                                        const DataKey& key);

/// At the front or, when that is damaged, as it stands again.
[[nodiscard]] std::optional<FileHeader> find_header(const ReadableFile& file, const DataKey& key);

}  // namespace mailkeep::archive
