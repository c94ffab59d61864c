// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/uid_set.hpp"

#include "mailkeep/base/error.hpp"

#include <algorithm>

namespace mailkeep {

UidSet UidSet::of(const std::vector<Uid>& uids) {
    auto sorted = uids;
    std::sort(sorted.begin(), sorted.end());
    UidSet set;
    for (const auto uid : sorted) {
        set.add(uid);
    }
    return set;
}

void UidSet::add(Uid first, Uid last) {
    MAILKEEP_ASSERT(first > 0 && first <= last);
    // The ranges that touch or overlap [first, last] become one with it. 64 bits: last+1 may be
    // 2^32.
    const auto begin = std::lower_bound(
        ranges_.begin(), ranges_.end(), first,
        [](const Range& range, Uid uid) { return std::uint64_t{range.last} + 1 < uid; });
    auto end = begin;
    for (; end != ranges_.end() && end->first <= std::uint64_t{last} + 1; ++end) {
        first = std::min(first, end->first);
        last = std::max(last, end->last);
    }
    if (begin == end) {
        ranges_.insert(begin, {first, last});
    } else {
        *begin = {first, last};
        ranges_.erase(begin + 1, end);
    }
}

bool UidSet::contains(Uid uid) const {
    const auto range =
        std::lower_bound(ranges_.begin(), ranges_.end(), uid,
                         [](const Range& candidate, Uid value) { return candidate.last < value; });
    return range != ranges_.end() && range->first <= uid;
}

std::uint64_t UidSet::count() const {
    std::uint64_t sum = 0;
    for (const auto& [first, last] : ranges_) {
        sum += std::uint64_t{last} - first + 1;
    }
    return sum;
}

std::vector<Uid> UidSet::to_vector() const {
    std::vector<Uid> uids;
    uids.reserve(count());
    for (const auto& [first, last] : ranges_) {
        for (std::uint64_t uid = first; uid <= last; ++uid) {
            uids.push_back(static_cast<Uid>(uid));
        }
    }
    return uids;
}

UidSet operator-(const UidSet& a, const UidSet& b) {
    UidSet rest;
    auto cut = b.ranges_.begin();
    for (const auto& [first, last] : a.ranges_) {
        std::uint64_t from = first;
        while (cut != b.ranges_.end() && cut->last < from) {
            ++cut;
        }
        for (auto next = cut; next != b.ranges_.end() && next->first <= last; ++next) {
            if (next->first > from) {
                rest.add(static_cast<Uid>(from), next->first - 1);
            }
            from = std::uint64_t{next->last} + 1;
        }
        if (from <= last) {
            rest.add(static_cast<Uid>(from), last);
        }
    }
    return rest;
}

UidSet operator|(const UidSet& a, const UidSet& b) {
    UidSet both = a;
    for (const auto& [first, last] : b.ranges_) {
        both.add(first, last);
    }
    return both;
}

}  // namespace mailkeep
