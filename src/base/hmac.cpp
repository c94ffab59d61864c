// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/hmac.hpp"

#include "openssl.hpp"

#include <openssl/hmac.h>

namespace mailkeep {

namespace {

const EVP_MD* hash_named(HashKind kind) {
    switch (kind) {
        case HashKind::md5:
            return EVP_md5();
        case HashKind::sha1:
            return EVP_sha1();
        case HashKind::sha256:
            break;
    }
    return EVP_sha256();
}

std::string room_for(HashKind kind) {
    return std::string(static_cast<std::size_t>(EVP_MD_get_size(hash_named(kind))), '\0');
}

}  // namespace

std::string hash_of(HashKind kind, std::string_view octets) {
    std::string value = room_for(kind);
    require(EVP_Digest(octets.data(), octets.size(), out(value), nullptr, hash_named(kind),
                       nullptr) == 1);
    return value;
}

std::string hmac(HashKind kind, std::string_view key, std::string_view octets) {
    std::string value = room_for(kind);
    require(HMAC(hash_named(kind), key.data(), static_cast<int>(key.size()), in(octets),
                 octets.size(), out(value), nullptr) != nullptr);
    return value;
}

std::string pbkdf2(HashKind kind, std::string_view password, std::string_view salt,
                   std::uint32_t iterations) {
    MAILKEEP_ASSERT(iterations > 0);
    std::string value = room_for(kind);
    require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), in(salt),
                              static_cast<int>(salt.size()), static_cast<int>(iterations),
                              hash_named(kind), static_cast<int>(value.size()), out(value)) == 1);
    return value;
}

}  // namespace mailkeep
