// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"
#include "mailkeep/extract/extractor.hpp"

#include <unistd.h>

#include <filesystem>

namespace mailkeep::extract {

Setup setup_from(std::string_view folders) {
    Setup setup;
    for (const auto folder : split(folders, ':')) {
        const auto path = std::filesystem::path(folder) / "pdftotext";
        if (path.is_absolute() && ::access(path.c_str(), X_OK) == 0) {
            setup.pdftotext = path;
            break;
        }
    }
    return setup;
}

}  // namespace mailkeep::extract
