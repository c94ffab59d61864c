// SPDX-License-Identifier: Apache-2.0
// The few primitives the house stands on, all OpenSSL's: SHA-256, random octets, HKDF, AES-256-GCM.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep {

inline constexpr std::size_t digest_size = 32;

/// A SHA-256 value.
struct Digest {
    std::array<std::uint8_t, digest_size> octets{};

    friend auto operator<=>(const Digest&, const Digest&) = default;

    [[nodiscard]] std::string hex() const;
    /// The 32 octets as they stand in files and in SQL.
    [[nodiscard]] std::string_view view() const;
    [[nodiscard]] static std::optional<Digest> from_hex(std::string_view text);
    /// Requires: exactly 32 octets.
    [[nodiscard]] static Digest from_octets(std::string_view octets);
};

[[nodiscard]] Digest sha256(std::string_view octets);

/// SHA-256 of what comes in pieces. finish() once, at the end. One thread.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void add(std::string_view octets);
    [[nodiscard]] Digest finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

[[nodiscard]] std::string random_octets(std::size_t count);

/// HKDF-SHA256 (RFC 5869), 32 octets.
[[nodiscard]] std::string derive_key(std::string_view key, std::string_view salt,
                                     std::string_view purpose);

/// AES-256-GCM with a random nonce: nonce (12) || ciphertext || tag (16). `bound` is authenticated,
/// not stored. Requires: key of 32 octets.
[[nodiscard]] std::string seal(std::string_view key, std::string_view plain,
                               std::string_view bound);
/// Nothing when key, text or `bound` are not those of seal().
[[nodiscard]] std::optional<std::string> unseal(std::string_view key, std::string_view sealed,
                                                std::string_view bound);

/// The same without the nonce in front, for callers who count: ciphertext || tag (16). Requires:
/// key of 32 octets, nonce of 12 that this key never gets again.
[[nodiscard]] std::string seal_with_nonce(std::string_view key, std::string_view nonce,
                                          std::string_view plain, std::string_view bound);
[[nodiscard]] std::optional<std::string> unseal_with_nonce(std::string_view key,
                                                           std::string_view nonce,
                                                           std::string_view sealed,
                                                           std::string_view bound);

/// Takes the same time wherever the texts differ.
[[nodiscard]] bool equals_in_constant_time(std::string_view a, std::string_view b);

/// Overwrites the octets so that the compiler cannot leave it out.
void wipe(std::string& secret);

}  // namespace mailkeep
