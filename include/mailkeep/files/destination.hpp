// SPDX-License-Identifier: Apache-2.0
// Where an export goes: a folder, a zip or tar of one, or a single file or stream. Files come one
// after the other, in pieces, with bounded memory.
#pragma once

#include "mailkeep/base/spool.hpp"
#include "mailkeep/base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::files {

/// A file of an export.
struct FileHead {
    std::string path;  ///< "/" between components; safe on every file system
    Timestamp modified{};
    std::optional<std::uint64_t> size;  ///< when it is known already
};

/// What is written is there under its name only after finish(); without it, nothing is left. One
/// thread. Throws Error{storage}; afterwards it can only be destroyed.
class Destination {
  public:
    virtual ~Destination() = default;
    /// Requires: no file is begun. A path is used once.
    virtual void begin(const FileHead& head) = 0;
    virtual void write(std::string_view octets) = 0;
    virtual void end() = 0;
    virtual void add_folder(const std::string& path) = 0;
    /// What tells of the files: at the top of a folder, beside a single file, nowhere with a
    /// stream. Requires: the spool is closed.
    virtual void add_note(const std::string& name, Timestamp modified, const Spool& text) = 0;
    virtual void finish() = 0;
};

/// One file: zip with zip64 where it is needed, tar as POSIX.1-2001 has it (pax). single: the files
/// one behind the other, which only one mbox after another makes sense of.
enum class Packing { folder, zip, tar, tar_gz, tar_zst, single, single_gz, single_zst };

[[nodiscard]] bool is_single(Packing packing);

/// By the end of the name: .zip, .tar, .tar.gz, .tgz, .tar.zst, .mbox, .mbox.gz, .mbox.zst; else a
/// folder. Error{invalid} for an end that promises what is not to be had (".7z", ".xz" …).
[[nodiscard]] Packing packing_of(const std::filesystem::path& output);

enum class Existing { keep, replace };

/// At `output`, which ends with a name, and only there once it is whole and on the disk; 0600 and
/// 0700, for it is mail. Missing folders above are made. With Existing::keep, Error{conflict} for
/// what is there and not empty; with replace, files of the same names are replaced and others stay.
/// A device or pipe is written to as it is.
[[nodiscard]] std::unique_ptr<Destination> open_destination(const std::filesystem::path& output,
                                                            Packing packing, Existing existing);

/// Takes the octets as they come; an exception ends it.
using OctetSink = std::function<void(std::string_view)>;

/// Requires: not Packing::folder. `spools` is a folder for what must be measured before it is sent.
[[nodiscard]] std::unique_ptr<Destination> stream_destination(Packing packing, OctetSink sink,
                                                              const std::filesystem::path& spools);

}  // namespace mailkeep::files
