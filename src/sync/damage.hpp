// SPDX-License-Identifier: Apache-2.0
// Which messages a damaged file costs, and what is known of them.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include <string>

namespace mailkeep::sync {

/// Adds the messages that the catalog places in a file that is damaged or gone and that cannot be
/// had, unless the verdict names them. `archive` was opened after the damage: one that read before
/// may have octets in memory that are no more on the disk.
void name_messages(const archive::Archive& archive, const catalog::Catalog& catalog,
                   archive::Verdict& verdict);

/// Subject, sender, date and places, for people; empty when the catalog does not know it.
[[nodiscard]] std::string known_of(const catalog::Catalog& catalog, const ContentId& content_id);

}  // namespace mailkeep::sync
