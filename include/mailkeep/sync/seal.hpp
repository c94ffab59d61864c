// SPDX-License-Identifier: Apache-2.0
// Journals into packs, and the catalog after them: the catalog reads from the new place before the
// old one goes.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/keeper.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

namespace mailkeep::sync {

struct Sealed {
    std::uint64_t packs = 0;  ///< made
    std::uint64_t messages = 0;
    std::uint64_t bytes_before = 0;  ///< of journals and packs that went in
    std::uint64_t bytes_after = 0;
    std::vector<archive::Finding> damaged;  ///< what cannot be sealed before it is mended
};

/// Seals all journals that are closed, then merges small packs, group by group; `between` is called
/// after each, for pauses. Beside runs that keep mail. The catalog is a connection of the caller's
/// own. Interrupted anywhere, the next call goes on. Throws Error{cancelled}, Error{storage}.
Sealed seal(archive::Archive& archive, Keeper& keeper, catalog::Catalog& catalog,
            const std::stop_token& stop, const std::function<void()>& between);

/// After opening: lets the catalog read from packs it does not know, and retires what a crash left.
void adopt_packs(archive::Archive& archive, catalog::Catalog& catalog, Timestamp now);

}  // namespace mailkeep::sync
