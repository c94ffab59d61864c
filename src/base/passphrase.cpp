// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/passphrase.hpp"

#include "mailkeep/base/error.hpp"

#include "openssl.hpp"

#include <bit>

namespace mailkeep {

namespace {

constexpr std::size_t derived_key_size = 32;
constexpr std::uint64_t most_memory = std::uint64_t{256} << 20;
constexpr std::uint64_t most_n = std::uint64_t{1} << 20;
constexpr std::uint32_t most_r = 32;
constexpr std::uint32_t most_p = 16;
/// Beside the big table: p blocks of 128 * r octets and little else.
constexpr std::uint64_t room_beside = std::uint64_t{1} << 20;

}  // namespace

bool is_bearable(const ScryptCost& cost) {
    return cost.n > 1 && cost.n <= most_n && std::has_single_bit(cost.n) && cost.r > 0 &&
           cost.r <= most_r && cost.p > 0 && cost.p <= most_p &&
           cost.n * cost.r * 128 <= most_memory;
}

std::string derive_from_passphrase(std::string_view passphrase, std::string_view salt,
                                   const ScryptCost& cost) {
    MAILKEEP_ASSERT(is_bearable(cost));
    std::string key(derived_key_size, '\0');
    const auto done =
        EVP_PBE_scrypt(passphrase.data(), passphrase.size(), in(salt), salt.size(), cost.n, cost.r,
                       cost.p, most_memory + room_beside, out(key), key.size());
    if (done != 1) {
        throw Error(Errc::storage, "a key cannot be derived from the passphrase: it takes " +
                                       std::to_string((cost.n * cost.r * 128) >> 20U) +
                                       " MiB of memory");
    }
    return key;
}

}  // namespace mailkeep
