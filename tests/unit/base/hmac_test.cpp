// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/hmac.hpp"
#include "mailkeep/base/text.hpp"

#include <gtest/gtest.h>

namespace mailkeep {

// RFC 1321 appendix A.5 and FIPS 180-2 appendix A.1
TEST(Hash, gives_the_published_values) {
    EXPECT_EQ(to_hex(hash_of(HashKind::md5, "abc")), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(to_hex(hash_of(HashKind::sha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

// RFC 2202 sections 2 and 3 and RFC 4231 section 4.3, each test case 2
TEST(Hmac, gives_the_published_values) {
    const std::string_view text = "what do ya want for nothing?";
    EXPECT_EQ(to_hex(hmac(HashKind::md5, "Jefe", text)), "750c783e6ab0b503eaa86e310a5db738");
    EXPECT_EQ(to_hex(hmac(HashKind::sha1, "Jefe", text)),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    EXPECT_EQ(to_hex(hmac(HashKind::sha256, "Jefe", text)),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 6070 section 2 and RFC 7914 section 11 (its first 32 octets)
TEST(Pbkdf2, gives_the_published_values) {
    EXPECT_EQ(to_hex(pbkdf2(HashKind::sha1, "password", "salt", 4096)),
              "4b007901b765489abead49d926f721d065a429c1");
    EXPECT_EQ(to_hex(pbkdf2(HashKind::sha256, "passwd", "salt", 1)),
              "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

}  // namespace mailkeep
