// SPDX-License-Identifier: Apache-2.0
// Ed25519 signatures (RFC 8032) through OpenSSL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep {

inline constexpr std::size_t signing_key_size = 32;
inline constexpr std::size_t public_key_size = 32;
inline constexpr std::size_t signature_size = 64;

/// A private key: 32 random octets.
[[nodiscard]] std::string make_signing_key();
/// Requires: a private key.
[[nodiscard]] std::string public_key_of(std::string_view signing_key);
/// Requires: a private key.
[[nodiscard]] std::string sign(std::string_view signing_key, std::string_view text);
[[nodiscard]] bool is_signed(std::string_view public_key, std::string_view text,
                             std::string_view signature);

/// A public key as openssl reads it with -pubin (RFC 8410).
[[nodiscard]] std::string public_key_to_pem(std::string_view public_key);
/// Nothing when it is not the PEM of an Ed25519 public key.
[[nodiscard]] std::optional<std::string> public_key_from_pem(std::string_view pem);

}  // namespace mailkeep
