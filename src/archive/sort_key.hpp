// SPDX-License-Identifier: Apache-2.0
// Which messages should stand side by side in a pack: alike ones, which compress well together. By
// mailbox, then by mailing list or else by the sender's domain, then by time. A wrong guess costs
// octets and nothing else, so no MIME is parsed here. Pure.
#pragma once

#include "mailkeep/base/time.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailkeep::archive {

struct SortKey {
    std::uint32_t mailbox = 0;  ///< a number for account and mailbox
    std::string origin;
    Timestamp at{};

    friend auto operator<=>(const SortKey&, const SortKey&) = default;
};

/// What stands between < and > in List-Id, else the domain in From, in lower case; empty when the
/// message's header says neither.
[[nodiscard]] std::string origin_of(std::string_view raw);

}  // namespace mailkeep::archive
