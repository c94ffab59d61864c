// SPDX-License-Identifier: Apache-2.0
// Messages as plain files: .eml, one a message, or mbox (mboxrd), one a mailbox.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace mailkeep::sync {

enum class ExportFormat { eml, mbox };

struct Exported {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
};

/// Below `folder`: <account>/<mailbox>/<UID>-<id>.eml or <account>/<mailbox>.mbox. Files that are
/// there already are replaced.
Exported export_to_folder(const catalog::Selection& selection, ExportFormat format,
                          const std::filesystem::path& folder, const catalog::Catalog& catalog,
                          const archive::Archive& archive, Timestamp now);

/// Everything as one mbox, piece by piece.
Exported export_to_sink(const catalog::Selection& selection, const catalog::Catalog& catalog,
                        const archive::Archive& archive, Timestamp now,
                        const std::function<void(std::string_view)>& sink);

}  // namespace mailkeep::sync
