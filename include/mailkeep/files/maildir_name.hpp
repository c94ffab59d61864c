// SPDX-License-Identifier: Apache-2.0
// What the name of a file in a Maildir says (cr.yp.to/proto/maildir.html), and its folder's. Pure.
#pragma once

#include "mailkeep/model/flags.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::files {

/// Dovecot's letters a to z, by the file dovecot-keywords of the mailbox: "0 name" a line.
using KeywordNames = std::array<std::string, 26>;

[[nodiscard]] KeywordNames keyword_letters_from(std::string_view text);

/// "...:2,FS" of any program: D F R S T, P ($Forwarded), and letters. Flags start with ":2,", ";2,"
/// or "!2,".
[[nodiscard]] Flags maildir_flags(std::string_view file_name, const KeywordNames& letters);

/// The mailbox of a folder that has cur, new or tmp, as components from the root of the import:
/// ".A.B" is A, B (Maildir++), also in a folder with a name of its own (mbsync, SubFolders Legacy
/// and Maildir++), "A/B" likewise (Verbatim). The components are modified UTF-7, or UTF-8.
[[nodiscard]] std::vector<std::string> maildir_mailbox(std::string_view folder);

}  // namespace mailkeep::files
