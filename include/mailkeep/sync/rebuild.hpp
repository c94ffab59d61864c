// SPDX-License-Identifier: Apache-2.0
// A new catalog from the archive alone.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/extract/extractor.hpp"

#include <cstdint>
#include <filesystem>

namespace mailkeep::sync {

struct Rebuilt {
    std::uint64_t batches = 0;
    std::uint64_t messages = 0;
};

/// Makes the catalog beside the old one and swaps them when it is whole; on any error the old one
/// stays. The archive is open for writing, so that nobody adds to it meanwhile.
/// See index_all for the extractor.
Rebuilt rebuild(const archive::Archive& archive, extract::Extractor* extractor = nullptr);

}  // namespace mailkeep::sync
