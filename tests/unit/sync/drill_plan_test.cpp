// SPDX-License-Identifier: Apache-2.0
// Which strata a drill looks into, and how often into each.
#include "drill_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace mailkeep::sync {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(DrillPlan, tries_one_of_each_before_a_second_of_any) {
    std::mt19937_64 chance(1);
    EXPECT_THAT(plan_drill({1000, 1, 5, 20}, 4, chance), ElementsAre(1, 1, 1, 1));
    EXPECT_THAT(plan_drill({1000, 1, 5, 20}, 10, chance), ElementsAre(3, 1, 3, 3));
    EXPECT_THAT(plan_drill({1000, 1, 2, 1}, 104, chance), ElementsAre(100, 1, 2, 1));
}

TEST(DrillPlan, tries_all_where_the_sample_is_larger) {
    std::mt19937_64 chance(1);
    EXPECT_THAT(plan_drill({2, 0, 3}, 100, chance), ElementsAre(2, 0, 3));
    EXPECT_THAT(plan_drill({}, 100, chance), IsEmpty());
    EXPECT_THAT(plan_drill({5, 5}, 0, chance), Each(0));
}

TEST(DrillPlan, leaves_to_chance_which_of_too_many_have_their_turn) {
    std::mt19937_64 chance(1);
    const std::vector<std::uint64_t> held(50, 10);
    std::vector<std::uint64_t> sum(held.size(), 0);
    for (int drill = 0; drill < 100; ++drill) {
        const auto tried = plan_drill(held, 10, chance);
        EXPECT_EQ(std::accumulate(tried.begin(), tried.end(), std::uint64_t{0}), 10U);
        std::transform(tried.begin(), tried.end(), sum.begin(), sum.begin(), std::plus<>());
    }
    EXPECT_THAT(sum, Each(testing::Gt(0U)));
}

}  // namespace mailkeep::sync
