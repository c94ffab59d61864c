// SPDX-License-Identifier: Apache-2.0
// Decisions about letting go: of messages, of files in the trash, and whether the clock may be
// believed. Pure functions; their truth tables stand in src/sync/README.md.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/model/account.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// What vanished from its server by another's hand stays this long, whatever the rule: time to
/// notice a mistake. Files stay as long in the trash.
inline constexpr std::chrono::days grace{7};
/// Runs that must have come to their end before a file leaves the trash.
inline constexpr std::uint64_t runs_of_grace = 3;
/// A clock that is further off than this is not believed.
inline constexpr std::chrono::hours clock_tolerance{24};

/// Accounts that there are; others' mail is kept for ever.
using AccountsById = std::map<AccountId, Account>;

enum class Fate {
    kept,     ///< some rule keeps it
    waiting,  ///< none does, but it vanished only lately
    held,     ///< none does, but a hold
    expired,
};

struct RetentionVerdict {
    Fate fate = Fate::kept;
    Expired reason;    ///< account, mailbox and rule that kept it longest; not for kept
    std::string hold;  ///< the first by name
};

[[nodiscard]] RetentionVerdict plan_retention(const catalog::KeptMessage& message,
                                              const AccountsById& accounts,
                                              std::span<const catalog::PlacedHold> holds,
                                              Timestamp now);

/// Why the clock cannot be believed, one clause; empty when it can. `last` is the last reading that
/// was believed, `newest_batch` the time of the last batch.
[[nodiscard]] std::string plan_clock(const std::optional<catalog::ClockReading>& last,
                                     std::optional<Timestamp> newest_batch,
                                     const catalog::ClockReading& now);

/// Whether the second copy has all packs there are.
enum class SecondCopy { none, behind, complete };

/// Why the file stays in the trash, one clause; empty when it may go.
[[nodiscard]] std::string plan_trash(const catalog::TrashedFile& file, SecondCopy copy,
                                     Timestamp now);

}  // namespace mailkeep::sync
