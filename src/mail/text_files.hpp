// SPDX-License-Identifier: Apache-2.0
// Files that stand in the text of a message, as they did before MIME and do in news: uuencode
// (POSIX.1-2017, uuencode) and yEnc (yenc.org, 1.3).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::mail {

struct TextFile {
    std::string name;  ///< octets as they stand
    std::string content;
};

struct TextAndFiles {
    std::string text;             ///< without the files
    std::vector<TextFile> files;  ///< most_parts at most
};

/// A file that never ends is taken as far as its lines are sound. Linear; any octets will do.
[[nodiscard]] TextAndFiles split_files(std::string_view octets);

}  // namespace mailkeep::mail
