// SPDX-License-Identifier: Apache-2.0
// A key out of what a person remembers: scrypt (RFC 7914), slow and hungry for memory on purpose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailkeep {

/// What one try costs: 128 * n * r octets of memory, and time in proportion to n * r * p. The
/// default takes 64 MiB, so that opening an archive does not need more than a backup, and about a
/// third of a second; OWASP counts it as strong as 128 MiB taken once.
struct ScryptCost {
    std::uint64_t n = std::uint64_t{1} << 16;
    std::uint32_t r = 8;
    std::uint32_t p = 2;

    friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};

/// Whether n is a power of two and a try takes at most 256 MiB and some seconds: what is read from
/// a file must not be able to ask for more.
[[nodiscard]] bool is_bearable(const ScryptCost& cost);

/// 32 octets. Requires: is_bearable(cost). Error{storage} when there is not the memory for it.
[[nodiscard]] std::string derive_from_passphrase(std::string_view passphrase, std::string_view salt,
                                                 const ScryptCost& cost);

}  // namespace mailkeep
