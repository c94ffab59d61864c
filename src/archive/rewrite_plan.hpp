// SPDX-License-Identifier: Apache-2.0
// Which journals and packs the next rewrite takes. One rewrite is small enough to be begun again
// after a crash; who wants all of it done asks again and again.
#pragma once

#include "sealer.hpp"

#include <optional>
#include <set>
#include <span>
#include <vector>

namespace mailkeep::archive {

struct JournalChoice {
    RewriteSources sources;
    std::optional<Finding> damage;  ///< what stands at the first journal that cannot be sealed
};

/// The first journals with batches behind `sealed`, all of them up to `closed`, the last batch
/// before the journal that is being written. A damaged journal ends the choice: the batches behind
/// it can be sealed only after it, or numbers would be missing.
[[nodiscard]] JournalChoice choose_journals(const Timeline& journals, const Tip& sealed,
                                            std::uint64_t closed);

/// Four or more small neighbours, the newest such. The largest is not more than half of what they
/// make, so that no octet is written again more often than sizes can double. Requires: packs that
/// count, in order.
[[nodiscard]] std::vector<KnownPack> choose_merge(std::span<const KnownPack> packs);

/// A pack, and how many octets of messages in it are dead.
struct DeadShare {
    KnownPack pack;
    std::uint64_t octets = 0;
};

/// Packs of which a quarter is dead, or 64 MiB; as many as make a good group.
[[nodiscard]] std::vector<KnownPack> choose_compaction(std::span<const DeadShare> shares);

}  // namespace mailkeep::archive
