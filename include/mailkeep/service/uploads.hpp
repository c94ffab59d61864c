// SPDX-License-Identifier: Apache-2.0
// Files that people send to be imported, piece by piece, in DATA/incoming: a week after the last
// piece they go.
#pragma once

#include "mailkeep/service/depot.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace mailkeep::service {

/// Returns the name under which pieces are sent. `file_name` is the sender's; only what is harmless
/// of it is kept. Error{refused} where the archive is encrypted: a file would lie open on the disk.
[[nodiscard]] std::string begin_upload(const Depot& depot, std::string_view file_name);

/// Returns how much is there then. Error{not_found} for an unknown upload, Error{conflict} when the
/// piece does not begin where the file ends.
std::uint64_t append_to_upload(const Depot& depot, std::string_view upload, std::uint64_t at,
                               std::string_view octets);

/// Error{not_found} for an unknown upload.
[[nodiscard]] std::filesystem::path uploaded_file(const Depot& depot, std::string_view upload);

void remove_upload(const Depot& depot, std::string_view upload);

}  // namespace mailkeep::service
