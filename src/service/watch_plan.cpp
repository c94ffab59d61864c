// SPDX-License-Identifier: Apache-2.0
#include "watch_plan.hpp"

#include <algorithm>

namespace mailkeep::service {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds first_pause{5};
constexpr std::chrono::minutes longest_pause{15};
constexpr int most_doublings = 8;  // beyond the longest pause
/// A server that lets us in and ends the session at once is not asked at once again.
constexpr std::chrono::minutes long_enough{5};

}  // namespace

int plan_failures(int before, milliseconds lasted) {
    return lasted >= long_enough ? 1 : before + 1;
}

std::optional<milliseconds> plan_retry(Errc cause, int failures, double chance) {
    if (cause == Errc::authentication) {
        return std::nullopt;
    }
    const int doublings = std::clamp(failures - 1, 0, most_doublings);
    const milliseconds pause =
        std::min<milliseconds>(first_pause * (1 << doublings), longest_pause);
    const auto by_chance = static_cast<double>(pause.count() / 2) * std::clamp(chance, 0.0, 1.0);
    return pause - pause / 2 + milliseconds(static_cast<milliseconds::rep>(by_chance));
}

bool is_another_session(const Account& before, const Account& now) {
    const bool has_other_secret = before.sealed_password != now.sealed_password;
    return !(before.server == now.server) || before.auth != now.auth ||
           !(before.oauth == now.oauth) || (has_other_secret && !uses_tokens(now)) ||
           watched_mailboxes(before) != watched_mailboxes(now);
}

}  // namespace mailkeep::service
