// SPDX-License-Identifier: Apache-2.0
#include "drill_plan.hpp"

#include <algorithm>
#include <numeric>

namespace mailkeep::sync {

std::vector<std::uint64_t> plan_drill(const std::vector<std::uint64_t>& held, std::uint64_t sample,
                                      std::mt19937_64& chance) {
    std::vector<std::uint64_t> tried(held.size(), 0);
    std::vector<std::size_t> turn(held.size());
    std::iota(turn.begin(), turn.end(), 0);
    std::shuffle(turn.begin(), turn.end(), chance);
    auto left = std::min(sample, std::accumulate(held.begin(), held.end(), std::uint64_t{0}));
    while (left > 0) {
        for (const auto stratum : turn) {
            if (left > 0 && tried[stratum] < held[stratum]) {
                ++tried[stratum];
                --left;
            }
        }
    }
    return tried;
}

}  // namespace mailkeep::sync
