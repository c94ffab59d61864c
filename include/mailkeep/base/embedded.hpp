// SPDX-License-Identifier: Apache-2.0
// A file compiled into the binary (src/base/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace mailkeep {

/// Both views live as long as the program.
struct EmbeddedFile {
    std::string_view path;  ///< relative to the embedded folder, '/' between components
    std::string_view octets;
};

}  // namespace mailkeep
