// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/scrub.hpp"

#include <algorithm>
#include <tuple>

namespace mailkeep::sync {

namespace {

using std::chrono::days;

/// A check in the future was noted by a clock that was wrong: it tells nothing.
std::optional<Timestamp> believed(const std::optional<Timestamp>& at, Timestamp now) {
    return at && *at <= now ? at : std::nullopt;
}

auto order_of(const PackToCheck& pack, Timestamp now) {
    return std::tuple(believed(pack.checked_at, now), std::string_view(pack.name));
}

}  // namespace

bool is_due_today(std::optional<Timestamp> last, Timestamp now) {
    const auto at = believed(last, now);
    return !at || floor<days>(*at) < floor<days>(now);
}

std::optional<std::string> plan_scrub(std::span<const PackToCheck> packs, Timestamp now) {
    std::uint64_t total = 0;
    std::uint64_t today = 0;
    for (const auto& pack : packs) {
        total += pack.size;
        today += is_due_today(pack.checked_at, now) ? 0 : pack.size;
    }
    const auto oldest = std::min_element(
        packs.begin(), packs.end(),
        [&](const auto& a, const auto& b) { return order_of(a, now) < order_of(b, now); });
    const bool is_due = oldest != packs.end() && is_due_today(oldest->checked_at, now) &&
                        today * static_cast<std::uint64_t>(scrub_round.count()) < total;
    return is_due ? std::optional(oldest->name) : std::nullopt;
}

}  // namespace mailkeep::sync
