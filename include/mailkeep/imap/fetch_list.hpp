// SPDX-License-Identifier: Apache-2.0
// Messages that are to be fetched, handed out in commands: newest first, so that a run that is cut
// short has the mail of today.
#pragma once

#include "mailkeep/model/message.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace mailkeep::imap {

/// How many UIDs a FETCH asks for, and how many such commands wait for their answer at once.
struct FetchWindow {
    std::size_t uids = 500;
    std::uint64_t octets = 1U << 20U;  ///< a command stops taking UIDs at this sum of sizes
    std::size_t in_flight = 4;
};

/// One thread. Each UID is handed out once, unless it was given back.
class FetchList {
  public:
    explicit FetchList(std::span<const UidFlags> wanted);

    /// What the next command asks for, ascending; nothing when all was handed out. The command
    /// stays under 1000 octets, which is what Yahoo reads of one.
    [[nodiscard]] std::vector<UidFlags> next(const FetchWindow& window);

    /// To be handed out again.
    void give_back(const std::vector<UidFlags>& messages);

  private:
    std::vector<UidFlags> waiting_;  ///< ascending, each UID once; taken from the end
};

}  // namespace mailkeep::imap
