// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/maildrop.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;
using namespace std::chrono_literals;

TEST(ExpiryWarning, tells_of_a_server_that_deletes_sooner_than_the_account_would) {
    constexpr DeletePolicy never{DeletePolicy::Kind::never, 0};
    constexpr DeletePolicy after_30_days{DeletePolicy::Kind::days, 30};
    constexpr DeletePolicy archived{DeletePolicy::Kind::archived, 0};
    EXPECT_EQ(expiry_warning({0s, 0}, never),
              "the server itself deletes mail once it was retrieved");
    EXPECT_EQ(expiry_warning({0s, 7}, after_30_days),
              "the server itself deletes mail after 7 days");
    EXPECT_EQ(expiry_warning({0s, 60}, after_30_days), "");
    EXPECT_EQ(expiry_warning({0s, 0}, archived), "");
    EXPECT_EQ(expiry_warning({900s, {}}, never), "");
}
