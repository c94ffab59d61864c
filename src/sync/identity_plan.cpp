// SPDX-License-Identifier: Apache-2.0
// A false match would lose a message without anybody noticing, a missed one costs a fetch: whatever
// is not certain is fetched. The truth tables stand in README.md.
#include "identity_plan.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace mailkeep::sync {

namespace {

constexpr std::size_t fewest_checks = 3;
constexpr std::size_t most_checks = 50;
constexpr std::size_t one_check_in = 100;
constexpr std::size_t same_in_five = 4;  // of the known messages, in a renamed mailbox

using Key = std::pair<std::uint64_t, Timestamp>;
using Candidates = std::multimap<Key, const Archived*>;

Candidates by_size_and_date(std::span<const Archived> archived) {
    Candidates candidates;
    for (const auto& message : archived) {
        candidates.emplace(Key{message.size, message.internal_date}, &message);
    }
    return candidates;
}

/// Empty for a message whose size or date the server does not tell.
auto candidates_for(const Candidates& candidates, const Arrival& arrival) {
    if (arrival.size == 0 || !arrival.internal_date) {
        return std::pair{candidates.end(), candidates.end()};
    }
    return candidates.equal_range(Key{arrival.size, *arrival.internal_date});
}

/// The one content all candidates have for which `is_it` holds; nothing when there is none, or
/// another one beside it.
template <class Range, class Predicate>
std::optional<ContentId> only_content(const Range& range, const Predicate& is_it) {
    std::optional<ContentId> only;
    for (auto place = range.first; place != range.second; ++place) {
        const auto& message = *place->second;
        if (!is_it(message)) {
            continue;
        }
        if (only && *only != message.content_id) {
            return std::nullopt;
        }
        only = message.content_id;
    }
    return only;
}

/// Header fields begin their lines, so a Message-ID that is folded or quoted in a value is none.
bool has_message_id(std::string_view head) {
    constexpr std::string_view name = "message-id:";
    for (std::size_t at = 0; at < head.size();) {
        const auto end = std::min(head.find('\n', at), head.size());
        const auto line = head.substr(at, end - at);
        if (equals_ignoring_case(line.substr(0, name.size()), name) &&
            !trim(line.substr(name.size())).empty()) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

bool is_same_message(const Arrival& a, const Arrival& b) {
    return a.size != 0 && a.size == b.size && a.internal_date && a.internal_date == b.internal_date;
}

}  // namespace

std::optional<Digest> head_of(std::string_view octets) {
    constexpr std::string_view end_of_head = "\r\n\r\n";
    const auto end = octets.find(end_of_head);
    const auto head = octets.substr(0, end == octets.npos ? 0 : end + end_of_head.size());
    return has_message_id(head) ? std::optional(sha256(head)) : std::nullopt;
}

IdentityPlan plan_identity(std::span<const Arrival> arrivals, std::span<const Archived> archived) {
    const auto candidates = by_size_and_date(archived);
    IdentityPlan plan;
    for (const auto& arrival : arrivals) {
        const auto range = candidates_for(candidates, arrival);
        const auto called_so = only_content(range, [&](const Archived& message) {
            return !arrival.object_id.empty() && message.object_id == arrival.object_id;
        });
        if (called_so) {
            plan.proven.push_back({arrival.uid, *called_so});
        } else if (range.first != range.second && !arrival.is_draft) {
            plan.likely.push_back(arrival.uid);
        }
    }
    return plan;
}

std::vector<Match> match_heads(std::span<const Arrival> arrivals,
                               std::span<const Archived> archived) {
    const auto candidates = by_size_and_date(archived);
    std::vector<Match> matches;
    for (const auto& arrival : arrivals) {
        if (arrival.is_draft || !arrival.head) {
            continue;
        }
        const auto content =
            only_content(candidates_for(candidates, arrival),
                         [&](const Archived& message) { return message.head == arrival.head; });
        if (content) {
            matches.push_back({arrival.uid, *content});
        }
    }
    return matches;
}

std::vector<Match> plan_spot_checks(std::span<const Match> matches) {
    const auto count = std::min(
        matches.size(),
        std::clamp((matches.size() + one_check_in - 1) / one_check_in, fewest_checks, most_checks));
    std::vector<Match> checks;
    for (std::size_t i = 0; i < count; ++i) {
        checks.push_back(matches[(2 * i + 1) * matches.size() / (2 * count)]);
    }
    return checks;
}

bool is_cheaper_to_fetch(std::size_t likely) {
    return likely <= fewest_checks;
}

bool is_renamed(const MailboxTrace& known, const MailboxTrace& listed) {
    const bool have_ids = !known.object_id.empty() && !listed.object_id.empty();
    if (have_ids && known.object_id != listed.object_id) {
        return false;
    }
    if (listed.uid_validity == 0 || listed.uid_validity != known.uid_validity ||
        listed.uid_next < known.uid_next) {
        return false;
    }
    std::size_t same = 0;
    auto old = known.messages.begin();
    for (const auto& message : listed.messages) {
        if (message.uid >= known.uid_next) {
            break;
        }
        while (old != known.messages.end() && old->uid < message.uid) {
            ++old;
        }
        if (old == known.messages.end() || old->uid != message.uid) {
            continue;
        }
        if (!is_same_message(*old, message)) {
            return false;
        }
        ++same;
    }
    return have_ids ||
           (same > 0 && same * (same_in_five + 1) >= known.messages.size() * same_in_five);
}

}  // namespace mailkeep::sync
