// SPDX-License-Identifier: Apache-2.0
// Real and broken mail of other projects. It is not part of this repository: MAILKEEP_CORPUS names
// the folder, else it is looked for beside the checkout.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace mailkeep::corpus {

inline std::filesystem::path folder() {
    const char* const named = std::getenv("MAILKEEP_CORPUS");
    return named != nullptr
               ? std::filesystem::path(named)
               : (std::filesystem::path(MAILKEEP_SOURCE) / "../shared/corpus").lexically_normal();
}

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace mailkeep::corpus
