// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/health.hpp"

#include "mailkeep/sync/scrub.hpp"

#include "damage.hpp"

#include <algorithm>

namespace mailkeep::sync {

Health health_of(const catalog::Catalog& catalog, Timestamp now) {
    Health health;
    bool is_each_checked = true;
    for (auto& pack : catalog.adopted_packs()) {
        ++health.packs;
        is_each_checked = is_each_checked && pack.verified_at;
        if (pack.verified_at) {
            health.packs_checked += now - *pack.verified_at <= scrub_round ? 1U : 0U;
            health.oldest_check =
                std::min(health.oldest_check.value_or(*pack.verified_at), *pack.verified_at);
        }
        if (!pack.finding.empty()) {
            health.damaged_packs.push_back(std::move(pack));
        }
    }
    if (!is_each_checked) {
        health.oldest_check.reset();
    }
    for (auto& damage : catalog.damaged()) {
        auto known = known_of(catalog, damage.content_id);
        health.damaged_messages.push_back({std::move(damage), std::move(known)});
    }
    health.unindexed = catalog.count_unindexed();
    health.troubled_attachments = catalog.troubled_attachments();
    health.proven = catalog.restore_proof({});
    health.journals = catalog.chore(catalog::Chore::journals);
    health.retention = catalog.chore(catalog::Chore::retention);
    health.replica = catalog.chore(catalog::Chore::replica);
    return health;
}

}  // namespace mailkeep::sync
