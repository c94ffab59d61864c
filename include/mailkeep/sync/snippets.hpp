// SPDX-License-Identifier: Apache-2.0
// What a list of hits shows of the text of each: the catalog knows which messages, the archive what
// they say.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"

namespace mailkeep::sync {

/// Reads every message of the page, when the query asks for words of texts; those that cannot be
/// read go without a snippet.
void add_snippets(const archive::Archive& archive, const catalog::Catalog& catalog,
                  const catalog::SearchQuery& query, catalog::SearchPage& found);

}  // namespace mailkeep::sync
