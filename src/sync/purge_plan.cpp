// SPDX-License-Identifier: Apache-2.0
// Which messages of a mailbox may be deleted on the server. All of these stand in the archive and,
// as far as the last mirror saw, on the server:
//
//   policy      decision
//   never       none
//   archived    all
//   days        those first seen that long ago, counted by our own clock: servers' dates lie
#include "mailkeep/sync/plan.hpp"

namespace mailkeep::sync {

bool is_removable(const DeletePolicy& policy, Timestamp seen_at, Timestamp now) {
    switch (policy.kind) {
        case DeletePolicy::Kind::never:
            return false;
        case DeletePolicy::Kind::archived:
            return true;
        case DeletePolicy::Kind::days:
            return seen_at + std::chrono::days{policy.days} <= now;
    }
    return false;
}

std::vector<CollectedMessage> plan_purge(std::span<const CollectedMessage> on_server,
                                         const DeletePolicy& policy, Timestamp now) {
    std::vector<CollectedMessage> removable;
    for (const auto& message : on_server) {
        if (is_removable(policy, message.seen_at, now)) {
            removable.push_back(message);
        }
    }
    return removable;
}

}  // namespace mailkeep::sync
