// SPDX-License-Identifier: Apache-2.0
// Which files an archive consists of, by name below DATA, and what moves aside where: for those who
// copy and mend files without looking for what the whole of them says.
#pragma once

#include "frame.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

class Disk;

inline constexpr const char* archive_file = "ARCHIVE";
inline constexpr std::string_view trash_folder = "trash";
inline constexpr std::string_view log_folder = "log";

/// Regular files or not, ascending. A folder that cannot be read holds none.
[[nodiscard]] std::vector<std::string> journal_files(const std::filesystem::path& data);
[[nodiscard]] std::vector<std::string> pack_files(const std::filesystem::path& data);
/// What is called as a pack and stands below packs/, but not where that pack belongs.
[[nodiscard]] std::vector<std::string> misplaced_packs(const std::filesystem::path& data);
/// Of the tamper-evident log; its private key stands elsewhere.
[[nodiscard]] std::vector<std::string> log_files(const std::filesystem::path& data);
[[nodiscard]] std::string key_slot_file(std::string_view slot);

/// Whether something stands there, even if it is no file or a link to nowhere.
[[nodiscard]] bool stands(const std::filesystem::path& path);

/// Makes the folders between data and the file, durable. Throws Error{storage}.
void make_folder_of(Disk& disk, const std::filesystem::path& data, const std::string& name);

/// Moves what stands there to trash/ under a name that nothing has there yet, durable on return.
/// Throws Error{storage}.
void move_to_trash(Disk& disk, const std::filesystem::path& data, const std::string& name);

/// Gives it a second name in trash/, durable on return. False when it cannot have one.
[[nodiscard]] bool link_into_trash(Disk& disk, const std::filesystem::path& data,
                                   const std::string& name);
/// What trash/ holds under the names that the two functions before give.
[[nodiscard]] std::vector<std::filesystem::path> trashed(const std::filesystem::path& data,
                                                         const std::string& name);

/// All of a small regular file; nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> read_text(Disk& disk, const std::filesystem::path& path);

/// Whether a text file of the archive is as it was written: its last line is the SHA-256 of all
/// before.
[[nodiscard]] bool is_sealed(std::string_view text);
/// What the line "uuid: …" of ARCHIVE says, whole or not; 16 octets or nothing.
[[nodiscard]] std::string uuid_in(std::string_view identity);

/// Nothing when it cannot be read or is damaged.
[[nodiscard]] std::optional<FileHeader> header_of(Disk& disk, const std::filesystem::path& path);

/// The archive a folder holds files of, 16 octets: ARCHIVE says it if it is whole, else the first
/// file header that is. Empty when nothing says it.
[[nodiscard]] std::string uuid_of(Disk& disk, const std::filesystem::path& data);

}  // namespace mailkeep::archive
