// SPDX-License-Identifier: Apache-2.0
// The keyed hashes that logins are made of, old ones included: HMAC (RFC 2104) and PBKDF2 (RFC
// 8018), OpenSSL's. Nothing of the archive's own may stand on MD5 or SHA-1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailkeep {

enum class HashKind { md5, sha1, sha256 };

[[nodiscard]] std::string hash_of(HashKind kind, std::string_view octets);

[[nodiscard]] std::string hmac(HashKind kind, std::string_view key, std::string_view octets);

/// As long as the hash. Requires: at least one iteration.
[[nodiscard]] std::string pbkdf2(HashKind kind, std::string_view password, std::string_view salt,
                                 std::uint32_t iterations);

}  // namespace mailkeep
