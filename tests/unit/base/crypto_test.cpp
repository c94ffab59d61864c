// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/text.hpp"

#include <gtest/gtest.h>

using namespace mailkeep;

// FIPS 180-2 appendix B.1
TEST(Sha256, gives_the_published_value_whole_and_in_pieces) {
    const auto expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    EXPECT_EQ(sha256("abc").hex(), expected);
    Sha256 pieces;
    pieces.add("a");
    pieces.add("");
    pieces.add("bc");
    EXPECT_EQ(pieces.finish().hex(), expected);
    EXPECT_EQ(Digest::from_hex(expected), sha256("abc"));
    EXPECT_FALSE(Digest::from_hex("ba78"));
}

// RFC 5869 appendix A.1, first 32 octets
TEST(Hkdf, gives_the_published_value) {
    const auto key = *from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    const auto salt = *from_hex("000102030405060708090a0b0c");
    const auto info = *from_hex("f0f1f2f3f4f5f6f7f8f9");
    EXPECT_EQ(to_hex(derive_key(key, salt, info)),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

TEST(Seal, opens_only_with_the_same_key_and_binding) {
    const std::string key(32, 'k');
    const auto sealed = seal(key, "secret", "account 1");
    EXPECT_EQ(unseal(key, sealed, "account 1"), "secret");
    EXPECT_FALSE(unseal(key, sealed, "account 2"));
    EXPECT_FALSE(unseal(std::string(32, 'x'), sealed, "account 1"));
    EXPECT_FALSE(unseal(key, "short", "account 1"));
    EXPECT_NE(sealed, seal(key, "secret", "account 1"));
}

TEST(Seal, notices_every_flipped_bit) {
    const std::string key(32, 'k');
    const auto sealed = seal(key, "secret", "");
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto broken = sealed;
        broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(unseal(key, broken, "")) << bit;
    }
}
