// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/uid_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

using namespace mailkeep;

TEST(UidSet, joins_ranges_that_touch) {
    UidSet set;
    set.add(5);
    set.add(7);
    set.add(6);
    set.add(1, 2);
    EXPECT_EQ(set.ranges(), (std::vector<UidSet::Range>{{1, 2}, {5, 7}}));
    EXPECT_EQ(set.count(), 5U);
}

TEST(UidSet, reaches_the_highest_uid) {
    UidSet set;
    set.add(4294967290U, 4294967295U);
    set.add(4294967295U);
    EXPECT_EQ(set.count(), 6U);
    EXPECT_TRUE(set.contains(4294967295U));
    EXPECT_TRUE((set - set).empty());
}

TEST(UidSet, behaves_like_a_set_of_numbers) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::set<Uid> model_a;
        std::set<Uid> model_b;
        for (int i = 0; i < 30; ++i) {
            model_a.insert(1 + random() % 50);
            model_b.insert(1 + random() % 50);
        }
        const auto a = UidSet::of({model_a.begin(), model_a.end()});
        const auto b = UidSet::of({model_b.begin(), model_b.end()});
        std::vector<Uid> difference;
        std::vector<Uid> both;
        std::set_difference(model_a.begin(), model_a.end(), model_b.begin(), model_b.end(),
                            std::back_inserter(difference));
        std::set_union(model_a.begin(), model_a.end(), model_b.begin(), model_b.end(),
                       std::back_inserter(both));
        EXPECT_EQ((a - b).to_vector(), difference);
        EXPECT_EQ((a | b).to_vector(), both);
        for (Uid uid = 1; uid <= 51; ++uid) {
            EXPECT_EQ(a.contains(uid), model_a.contains(uid));
        }
    }
}
