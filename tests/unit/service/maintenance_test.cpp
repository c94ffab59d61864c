// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/maintenance.hpp"

#include <gtest/gtest.h>

namespace mailkeep::service {
namespace {

constexpr Timestamp now{std::chrono::hours{500'000}};
constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(SealingDue, waits_for_four_mebibytes_in_closed_journals) {
    EXPECT_EQ(sealing_due({0, std::nullopt}, now), SealingDue::no);
    EXPECT_EQ(sealing_due({4 * mib - 1, now}, now), SealingDue::no);
    EXPECT_EQ(sealing_due({4 * mib, now}, now), SealingDue::closed_journals);
}

TEST(SealingDue, takes_everything_after_seven_days) {
    const std::chrono::hours week{7 * 24};
    EXPECT_EQ(sealing_due({0, now - week + std::chrono::hours{1}}, now), SealingDue::no);
    EXPECT_EQ(sealing_due({0, now - week}, now), SealingDue::all_journals);
    EXPECT_EQ(sealing_due({9 * mib, now - week}, now), SealingDue::all_journals);
    EXPECT_EQ(sealing_due({9 * mib, now + week}, now), SealingDue::closed_journals);
}

TEST(RetentionDue, comes_once_a_day_and_again_while_it_was_hindered) {
    const auto midnight = floor<std::chrono::days>(now);
    const std::chrono::minutes minute{1};
    EXPECT_TRUE(is_retention_due(std::nullopt, now));
    EXPECT_FALSE(is_retention_due(catalog::ChoreDone{midnight, ""}, midnight + minute));
    EXPECT_TRUE(is_retention_due(catalog::ChoreDone{midnight - minute, ""}, midnight));
    EXPECT_TRUE(is_retention_due(catalog::ChoreDone{midnight, "the clock"}, midnight + minute));
    EXPECT_TRUE(is_retention_due(catalog::ChoreDone{now + std::chrono::days{9}, ""}, now));
}

}  // namespace
}  // namespace mailkeep::service
