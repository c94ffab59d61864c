// SPDX-License-Identifier: Apache-2.0
// All files of a folder, or of what is packed: zip, 7z, tar and streams that are compressed
// (gzip, bzip2, xz, zstd), also one in another. Nothing is unpacked to the disk, links are not
// followed, and names say only where a file stood.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/files/source.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::files {

struct FileEntry {
    std::string path;  ///< from the root, "/" between components, no "." or ".." among them
    std::optional<Timestamp> modified;
};

class FileVisitor {
  public:
    virtual ~FileVisitor() = default;
    [[nodiscard]] virtual bool wants(const FileEntry& entry) = 0;

    /// Whether it is worth a look to find that out.
    [[nodiscard]] virtual bool may_be_packed(const FileEntry& /*entry*/) { return true; }

    /// `beginning` is that of the source, to look at; the source has it, too.
    virtual void take(const FileEntry& entry, std::string_view beginning, Source& source) = 0;
    /// The rest of it, or all; the others follow.
    virtual void cannot_read(const FileEntry& entry, const Error& error) = 0;
};

/// Names in order. A single file has its name as path; what is packed has the paths in it, and in a
/// folder the names of what it stands in, too. Throws Error{not_found} and Error{storage} when
/// there is nothing to begin with, and whatever the visitor throws.
void walk_files(const std::filesystem::path& path, FileVisitor& visitor);

/// Whether a file that begins so is packed, as far as this can read it.
[[nodiscard]] bool is_packed(std::string_view beginning);

}  // namespace mailkeep::files
