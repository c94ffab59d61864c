// SPDX-License-Identifier: Apache-2.0
// Numbers that must not be mixed up.
#pragma once

#include "mailkeep/base/crypto.hpp"

#include <compare>
#include <cstdint>

namespace mailkeep {

/// Zero means "none".
template <class Tag>
struct Id {
    std::int64_t value = 0;

    explicit operator bool() const { return value != 0; }

    friend auto operator<=>(const Id&, const Id&) = default;
};

using AccountId = Id<struct AccountTag>;
using MailboxId = Id<struct MailboxTag>;
using MessageKey = Id<struct MessageTag>;  ///< a row of the catalog; grows with the sent date
using PlacementId = Id<struct PlacementTag>;
using RunId = Id<struct RunTag>;

using Uid = std::uint32_t;          ///< RFC 9051 section 2.3.1.1
using UidValidity = std::uint32_t;  ///< RFC 9051 section 2.3.1.1
/// Of what stands in a mailbox without a server: imported messages. A server never says it.
inline constexpr UidValidity imported_uid_validity = 0;
using ModSeq = std::uint64_t;  ///< RFC 7162; 63 bits, never 0

/// SHA-256 of a message's exact octets on the wire: its identity everywhere.
using ContentId = Digest;

}  // namespace mailkeep
