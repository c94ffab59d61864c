// SPDX-License-Identifier: Apache-2.0
// Which messages a drill tries.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace mailkeep::sync {

/// `held` says how many messages each stratum (a file, an account, a year) has; returned is how
/// many of each are tried, `sample` in all as long as there are so many. One of each before a
/// second of any; where there are more strata than that, chance says which.
[[nodiscard]] std::vector<std::uint64_t> plan_drill(const std::vector<std::uint64_t>& held,
                                                    std::uint64_t sample, std::mt19937_64& chance);

}  // namespace mailkeep::sync
