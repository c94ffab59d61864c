// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/passphrase.hpp"
#include "mailkeep/base/text.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

// RFC 7914 section 12, the first 32 of 64 octets
TEST(Passphrase, becomes_the_published_key) {
    EXPECT_EQ(to_hex(derive_from_passphrase("password", "NaCl", {.n = 1024, .r = 8, .p = 16})),
              "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
    EXPECT_EQ(to_hex(derive_from_passphrase("pleaseletmein", "SodiumChloride",
                                            {.n = 16384, .r = 8, .p = 1})),
              "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(Passphrase, costs_what_a_machine_can_bear_and_no_more) {
    EXPECT_TRUE(is_bearable({}));
    EXPECT_TRUE(is_bearable({.n = 2, .r = 1, .p = 1}));
    const auto n = std::uint64_t{1} << 17;
    for (const auto& cost :
         {ScryptCost{0, 8, 1}, ScryptCost{1, 8, 1}, ScryptCost{n + 1, 8, 1}, ScryptCost{n, 0, 1},
          ScryptCost{n, 8, 0}, ScryptCost{n * 4, 8, 1}, ScryptCost{n, 33, 1}, ScryptCost{n, 8, 17},
          ScryptCost{std::uint64_t{1} << 63, 32, 1}, ScryptCost{2, 1U << 31, 1}}) {
        EXPECT_FALSE(is_bearable(cost)) << cost.n << ' ' << cost.r << ' ' << cost.p;
    }
}
