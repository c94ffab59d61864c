// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/signature.hpp"
#include "mailkeep/base/text.hpp"

#include <gtest/gtest.h>

namespace mailkeep {
namespace {

/// RFC 8032 section 7.1, tests 1 and 2.
struct KnownAnswer {
    const char* key;
    const char* public_key;
    const char* text;
    const char* signature;
};

const KnownAnswer known_answers[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}};

TEST(Signature, gives_the_answers_of_rfc_8032) {
    for (const auto& known : known_answers) {
        const auto key = *from_hex(known.key);
        const auto text = *from_hex(known.text);
        EXPECT_EQ(to_hex(public_key_of(key)), known.public_key);
        EXPECT_EQ(to_hex(sign(key, text)), known.signature);
        EXPECT_TRUE(is_signed(*from_hex(known.public_key), text, *from_hex(known.signature)));
    }
}

TEST(Signature, of_another_text_or_key_does_not_hold) {
    const auto key = make_signing_key();
    const auto signature = sign(key, "root");
    EXPECT_TRUE(is_signed(public_key_of(key), "root", signature));
    EXPECT_FALSE(is_signed(public_key_of(key), "rooT", signature));
    EXPECT_FALSE(is_signed(public_key_of(make_signing_key()), "root", signature));
    EXPECT_FALSE(is_signed(public_key_of(key), "root", signature.substr(1)));
    EXPECT_FALSE(is_signed("short", "root", signature));
    EXPECT_FALSE(is_signed(public_key_of(key), "root", std::string(signature_size, '\0')));
}

TEST(Signature, public_key_stands_in_pem_as_openssl_writes_it) {
    const auto key = *from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const auto pem = public_key_to_pem(key);
    EXPECT_EQ(pem,
              "-----BEGIN PUBLIC KEY-----\n"
              "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
              "-----END PUBLIC KEY-----\n");
    EXPECT_EQ(public_key_from_pem(pem), key);
    for (std::size_t size = 0; size < pem.size(); ++size) {
        EXPECT_EQ(public_key_from_pem(std::string_view(pem).substr(0, size)), std::nullopt);
    }
}

}  // namespace
}  // namespace mailkeep
