// SPDX-License-Identifier: Apache-2.0
// The words of messages, after the commit: what was archived and catalogued waits for the search
// index, and gets there newest first, a few messages at a time.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/extract/extractor.hpp"
#include "mailkeep/sync/keeper.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace mailkeep::sync {

/// Until none waits. Interrupted anywhere, it goes on where it stopped, and takes none twice. The
/// keeper is held only while it writes; `between` is called after each such step. What cannot be
/// read is noted as damaged. Without an extractor the text of attachments is left out. Returns how
/// many were taken in.
std::uint64_t index_pending(Keeper& keeper, const std::stop_token& stop,
                            const std::function<void()>& between,
                            extract::Extractor* extractor = nullptr);

/// The same for a catalog nobody else uses, as one that is made anew.
void index_all(const archive::Archive& archive, catalog::Catalog& catalog,
               extract::Extractor* extractor = nullptr);

}  // namespace mailkeep::sync
