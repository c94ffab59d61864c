// SPDX-License-Identifier: Apache-2.0
// How the archive is, as far as checks and chores have told: for those who ask without checking.
#pragma once

#include "mailkeep/catalog/catalog.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::sync {

struct LostMessage {
    catalog::DamagedMessage damage;
    std::string known;  ///< subject, sender, date and places
};

struct Health {
    std::uint64_t packs = 0;
    std::uint64_t packs_checked = 0;                  ///< in the last 30 days
    std::optional<Timestamp> oldest_check;            ///< nothing while one was never checked
    std::vector<catalog::AdoptedPack> damaged_packs;  ///< until they are whole again, or no more
    std::vector<LostMessage> damaged_messages;
    std::uint64_t unindexed = 0;  ///< messages whose words no search finds yet
    std::map<std::string, std::uint64_t> troubled_attachments;  ///< that lack words, by reason
    std::optional<catalog::RestoreProof> proven;                ///< that mail could be given back
    std::optional<catalog::ChoreDone> journals;
    std::optional<catalog::ChoreDone> retention;
    std::optional<catalog::ChoreDone> replica;
};

[[nodiscard]] Health health_of(const catalog::Catalog& catalog, Timestamp now);

}  // namespace mailkeep::sync
