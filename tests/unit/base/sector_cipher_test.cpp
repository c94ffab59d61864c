// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/sector_cipher.hpp"
#include "mailkeep/base/text.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace mailkeep;

// IEEE 1619-2007, vector 10: the first 32 octets of its sector 0xff
TEST(SectorCipher, gives_the_published_value) {
    const auto key = *from_hex(
        "2718281828459045235360287471352662497757247093699959574966967627"
        "3141592653589793238462643383279502884197169399375105820974944592");
    std::string plain;
    for (int i = 0; i < 32; ++i) {
        plain += static_cast<char>(i);
    }
    auto sector = plain;
    const SectorCipher cipher(key);
    ASSERT_TRUE(cipher.encrypt(0xff, sector));
    EXPECT_EQ(to_hex(sector), "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b");
    ASSERT_TRUE(cipher.decrypt(0xff, sector));
    EXPECT_EQ(sector, plain);
}

TEST(SectorCipher, keeps_the_size_whatever_it_is) {
    const SectorCipher cipher(std::string(32, 'a') + std::string(32, 'b'));
    for (std::size_t size = 16; size < 100; ++size) {
        const std::string plain(size, 'x');
        auto sector = plain;
        ASSERT_TRUE(cipher.encrypt(7, sector));
        EXPECT_EQ(sector.size(), size);
        EXPECT_NE(sector.substr(0, 16), plain.substr(0, 16));
        EXPECT_NE(sector.substr(size - 8), plain.substr(size - 8));
        ASSERT_TRUE(cipher.decrypt(7, sector));
        EXPECT_EQ(sector, plain) << size;
    }
}

TEST(SectorCipher, tells_places_apart) {
    const SectorCipher cipher(std::string(32, 'a') + std::string(32, 'b'));
    std::string first(512, 'x');
    auto second = first;
    ASSERT_TRUE(cipher.encrypt(0, first));
    ASSERT_TRUE(cipher.encrypt(std::uint64_t{1} << 40, second));
    EXPECT_NE(first, second);
}
