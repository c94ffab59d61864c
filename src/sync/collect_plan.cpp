// SPDX-License-Identifier: Apache-2.0
// What to do with a maildrop, message by message:
//
//   listed               in ledger   policy      decision
//   with unique-id       -           any         retrieve; remove it when the policy is "archived"
//   with unique-id       yes         never       nothing
//   with unique-id       yes         archived    retrieve again: a leftover is known by its octets,
//                                                not by an id a server may use twice; then remove
//   the same, of about   in this run archived    its header fields tell whether it is still that
//   its size                                     one: then remove it, else retrieve it again
//   with unique-id       yes         days        the same once it was seen that long ago
//   without, or twice    -           any         retrieve; its octets say whether it is known
//   -                    yes         any         gone (its octets stay archived)
#include "mailkeep/sync/plan.hpp"

#include <algorithm>
#include <set>

namespace mailkeep::sync {

namespace {

/// Servers count a last line end that is not there.
constexpr std::uint64_t size_slack = 2;

bool is_like_in_size(std::uint64_t a, std::uint64_t b) {
    return std::max(a, b) - std::min(a, b) <= size_slack;
}

/// Header fields without what ends them: servers differ in empty lines.
std::string_view head_in(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    text = text.substr(0, end);
    return text.substr(0, text.find_last_not_of("\r\n") + 1);
}

std::map<std::string_view, int> count_unique_ids(std::span<const pop3::ListLine> listing) {
    std::map<std::string_view, int> counts;
    for (const auto& line : listing) {
        ++counts[line.unique_id];
    }
    return counts;
}

}  // namespace

std::vector<RenamedMessage> plan_renamed(std::span<const pop3::ListLine> listing,
                                         std::span<const CollectedMessage> ledger) {
    const auto listed = count_unique_ids(listing);
    std::set<std::string_view> known;
    std::multimap<std::uint64_t, const CollectedMessage*> lost;  // by size
    for (const auto& message : ledger) {
        if (!message.unique_id.empty()) {
            known.insert(message.unique_id);
            if (!listed.contains(message.unique_id)) {
                lost.emplace(message.size, &message);
            }
        }
    }
    if (lost.size() * 2 <= known.size()) {
        return {};
    }
    std::vector<RenamedMessage> renamed;
    for (const auto& line : listing) {
        if (line.unique_id.empty() || listed.at(line.unique_id) > 1 ||
            known.contains(line.unique_id)) {
            continue;
        }
        RenamedMessage message{line.number, line.unique_id, {}};
        const auto least = line.octets - std::min(line.octets, size_slack);
        for (auto one = lost.lower_bound(least);
             one != lost.end() && is_like_in_size(one->first, line.octets); ++one) {
            message.candidates.push_back(*one->second);
        }
        if (!message.candidates.empty()) {
            renamed.push_back(std::move(message));
        }
    }
    return renamed.size() * 2 >= lost.size() ? renamed : std::vector<RenamedMessage>{};
}

std::vector<CollectedMessage> with_new_ids(std::vector<CollectedMessage> ledger,
                                           const std::map<Uid, std::string>& new_ids) {
    for (auto& message : ledger) {
        if (const auto found = new_ids.find(message.uid); found != new_ids.end()) {
            message.unique_id = found->second;
        }
    }
    return ledger;
}

bool is_head_of(std::string_view head, std::string_view raw) {
    return !head_in(head).empty() && head_in(head) == head_in(raw);
}

CollectPlan plan_collect(std::span<const pop3::ListLine> listing,
                         std::span<const CollectedMessage> ledger, const UidSet& retrieved,
                         const DeletePolicy& policy, Timestamp now) {
    std::map<std::string_view, const CollectedMessage*> by_unique_id;
    for (const auto& known : ledger) {
        by_unique_id.emplace(known.unique_id, &known);
    }
    const auto listed = count_unique_ids(listing);
    CollectPlan plan;
    for (const auto& line : listing) {
        const bool is_usable = !line.unique_id.empty() && listed.at(line.unique_id) == 1;
        const auto known = is_usable ? by_unique_id.find(line.unique_id) : by_unique_id.end();
        CollectStep step;
        step.number = line.number;
        step.unique_id = is_usable ? line.unique_id : std::string();
        step.octets = line.octets;
        step.removes = is_removable(policy, now, now);
        if (known != by_unique_id.end()) {
            step.known = *known->second;
            step.removes = is_removable(policy, known->second->seen_at, now);
            if (!step.removes) {
                continue;
            }
            step.is_known_by_head = retrieved.contains(known->second->uid) &&
                                    is_like_in_size(known->second->size, line.octets);
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
