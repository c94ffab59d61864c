// SPDX-License-Identifier: Apache-2.0
#include "pause_plan.hpp"

#include <algorithm>

namespace mailkeep::service {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds first_pause{2};
constexpr std::chrono::minutes longest_pause{5};
constexpr int most_doublings = 8;  // beyond the longest pause
constexpr std::chrono::minutes most_in_vain{15};
constexpr std::chrono::hours most_in_all{1};
constexpr int pauses_before_insisting = 3;

constexpr std::chrono::seconds first_wait{1};
constexpr int most_calls_in_vain = 4;

milliseconds share(milliseconds of, double chance) {
    const double part = static_cast<double>(of.count()) * std::clamp(chance, 0.0, 1.0);
    return milliseconds(static_cast<milliseconds::rep>(part));
}

}  // namespace

std::optional<milliseconds> plan_pause(const Waited& waited, milliseconds told, double chance) {
    const int doublings = std::clamp(waited.in_vain, 0, most_doublings);
    const milliseconds most = std::min<milliseconds>(first_pause * (1 << doublings), longest_pause);
    const milliseconds pause =
        told.count() > 0 ? told + share(told / 10, chance) : most / 2 + share(most / 2, chance);
    const bool is_too_long =
        waited.since_arrival + pause > most_in_vain || waited.in_all + pause > most_in_all;
    return is_too_long ? std::nullopt : std::optional(pause);
}

bool plan_insisting(const Waited& waited) {
    return waited.in_vain >= pauses_before_insisting;
}

std::optional<milliseconds> plan_call_again(int in_vain, double chance) {
    if (in_vain >= most_calls_in_vain) {
        return std::nullopt;
    }
    const milliseconds most = first_wait * (1 << in_vain);
    return most / 2 + share(most / 2, chance);
}

Waited plan_waited(const Waited& before, milliseconds pause) {
    return {before.in_vain + 1, before.since_arrival + pause, before.in_all + pause};
}

}  // namespace mailkeep::service
