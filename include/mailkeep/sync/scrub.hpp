// SPDX-License-Identifier: Apache-2.0
// The archive checked bit by bit while it is used: journals every day, and as many packs a day that
// all of them had their turn within 30 days. What was found is remembered in the catalog.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// Within this time each pack is checked.
inline constexpr std::chrono::days scrub_round{30};

struct PackToCheck {
    std::string name;
    std::uint64_t size = 0;
    std::optional<Timestamp> checked_at;
};

/// The pack to be checked now; nothing: enough was checked today. Days are those of UTC. The truth
/// table stands in src/sync/README.md.
[[nodiscard]] std::optional<std::string> plan_scrub(std::span<const PackToCheck> packs,
                                                    Timestamp now);

/// Whether what is done once a day is to be done now.
[[nodiscard]] bool is_due_today(std::optional<Timestamp> last, Timestamp now);

/// What one step of the round found.
struct Scrubbed {
    std::string object;  ///< name of a pack, or "journals"
    std::uint64_t bytes = 0;
    std::uint64_t affected = 0;             ///< messages that cannot be given back
    std::vector<archive::Finding> damaged;  ///< empty: all is well
};

/// Checks what is due now, journals or one pack, and remembers it; nothing when nothing is due. Not
/// beside a rewrite. Throws what `pace` throws: then nothing is remembered.
[[nodiscard]] std::optional<Scrubbed> scrub(const archive::Archive& archive,
                                            catalog::Catalog& catalog, Timestamp now,
                                            const archive::Pace& pace);

/// Notes what a check found: of each pack it looked at in full, and of each message.
void remember(const archive::Archive& archive, catalog::Catalog& catalog,
              const archive::Verdict& verdict, Timestamp now);

}  // namespace mailkeep::sync
