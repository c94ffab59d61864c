// SPDX-License-Identifier: Apache-2.0
// Whatever messages can still be read in one pack or journal, from its frames alone: no catalog, no
// ARCHIVE, no other file.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

struct Salvaged {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
    std::vector<Finding> unread;  ///< what stands in the file and could not be read, by place
};

/// Each message that is whole goes to the sink once, its octets being those of its id. Octets of
/// messages whose boundaries are lost go there too, `content_id` then being that of the stretch:
/// unread tells of them. An encrypted file needs the archive's key. Error{storage} when the file
/// cannot be opened.
[[nodiscard]] Salvaged salvage(
    const std::filesystem::path& file, const DataKey& key,
    const std::function<void(const ContentId& content_id, std::string_view octets)>& sink);

/// Whether the file is encrypted: its header says so or, when that is damaged, its frames.
[[nodiscard]] bool needs_key(const std::filesystem::path& file);

}  // namespace mailkeep::archive
