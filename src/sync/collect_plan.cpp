// SPDX-License-Identifier: Apache-2.0
// What to do with a maildrop, message by message:
//
//   listed               in ledger   policy      decision
//   with unique-id       -           any         retrieve; remove it when the policy is "archived"
//   with unique-id       yes         never       nothing
//   with unique-id       yes         archived    retrieve again: a leftover is known by its octets,
//                                                not by an id a server may use twice; then remove
//   with unique-id       yes         days        the same once it was seen that long ago
//   without, or twice    -           any         retrieve; its octets say whether it is known
//   -                    yes         any         gone (its octets stay archived)
#include "mailkeep/sync/plan.hpp"

#include <map>
#include <string_view>

namespace mailkeep::sync {

namespace {

std::map<std::string_view, int> count_unique_ids(std::span<const pop3::ListLine> listing) {
    std::map<std::string_view, int> counts;
    for (const auto& line : listing) {
        ++counts[line.unique_id];
    }
    return counts;
}

}  // namespace

CollectPlan plan_collect(std::span<const pop3::ListLine> listing,
                         std::span<const CollectedMessage> ledger, const DeletePolicy& policy,
                         Timestamp now) {
    std::map<std::string_view, const CollectedMessage*> by_unique_id;
    for (const auto& known : ledger) {
        by_unique_id.emplace(known.unique_id, &known);
    }
    const auto listed = count_unique_ids(listing);
    CollectPlan plan;
    for (const auto& line : listing) {
        const bool is_usable = !line.unique_id.empty() && listed.at(line.unique_id) == 1;
        const auto known = is_usable ? by_unique_id.find(line.unique_id) : by_unique_id.end();
        CollectStep step{line.number, is_usable ? line.unique_id : std::string(), line.octets,
                         is_removable(policy, now, now), std::nullopt};
        if (known != by_unique_id.end()) {
            step.known = *known->second;
            step.removes = is_removable(policy, known->second->seen_at, now);
            if (!step.removes) {
                continue;
            }
        }
        plan.steps.push_back(std::move(step));
    }
    for (const auto& known : ledger) {
        const auto line = listed.find(known.unique_id);
        if (!known.unique_id.empty() && (line == listed.end() || line->second > 1)) {
            plan.gone.push_back(known);
        }
    }
    return plan;
}

}  // namespace mailkeep::sync
