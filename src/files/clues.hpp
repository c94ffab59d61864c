// SPDX-License-Identifier: Apache-2.0
// What stands beside mail and is needed to understand it, gathered before the mail is read.
#pragma once

#include "mailkeep/files/file_tree.hpp"
#include "mailkeep/files/maildir_name.hpp"

#include "import_index.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::files {

/// Of imap-backup: a message of the mbox beside, by where its From_ line begins, or by its number.
struct BackedUp {
    std::uint64_t offset = 0;
    Flags flags;
};

struct Clues {
    std::map<std::string, KeywordNames> letters;             ///< by folder
    std::map<std::string, std::vector<BackedUp>> backed_up;  ///< by path without suffix
    std::set<std::string> maildirs;                          ///< folders that have cur or new
    std::set<std::string> hosts;  ///< of a Thunderbird profile: "ImapMail/mail.example.org"
    ImportIndex index;
};

/// Of all that walk_files finds there, and of what stands beside a single file.
[[nodiscard]] Clues gather_clues(const std::filesystem::path& path);

[[nodiscard]] bool is_clue(std::string_view path);

// Parts of paths

/// Of "a/b/c": "a/b"; and "c".
[[nodiscard]] std::string_view folder_part(std::string_view path);
[[nodiscard]] std::string_view name_part(std::string_view path);
[[nodiscard]] bool is_in(std::string_view path, std::string_view folder);
/// Without ".mbox" and the like; whole when there is none.
[[nodiscard]] std::string_view without(std::string_view text, std::string_view suffix);

/// "ImapMail/HOST" at the front of a path, wherever a Thunderbird profile keeps mail; else empty.
[[nodiscard]] std::string_view profile_host(std::string_view path);

}  // namespace mailkeep::files
