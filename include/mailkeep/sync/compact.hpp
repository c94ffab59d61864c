// SPDX-License-Identifier: Apache-2.0
// Carries out retention: messages expire, packs are written again without them, and old packs leave
// the trash when their grace is over. Mark and sweep over contents; nothing is counted.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/keeper.hpp"
#include "mailkeep/sync/restore.hpp"
#include "mailkeep/sync/retention.hpp"

#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// given: a person said that the clock is right, whatever it looks like.
enum class ClockTrust { checked, given };

struct CompactRequest {
    catalog::ClockReading now;  ///< of read_clocks()
    Effect effect = Effect::apply;
    ClockTrust trust = ClockTrust::checked;
    SecondCopy copy = SecondCopy::none;
};

/// Messages with one fate for one reason.
struct Portion {
    Fate fate = Fate::expired;
    AccountId account;
    std::string mailbox;  ///< UTF-8
    std::string rule;
    std::string hold;  ///< of what is held
    std::uint64_t octets = 0;
    std::vector<ContentId> messages;
};

struct TrashFile {
    std::string name;
    std::uint64_t size = 0;
    std::string waits;  ///< why it stays; empty: it went, or would
};

struct Compacted {
    /// Why nothing was decided: the clock. Then nothing else is filled but `trash` without answers.
    std::string clock_problem;
    std::vector<Portion> portions;  ///< by fate, account, mailbox, rule and hold
    std::uint64_t expired = 0;      ///< messages that expired now, or would
    std::uint64_t dead = 0;         ///< expired at any time, and not stored again since
    std::uint64_t packs_rewritten = 0;
    std::uint64_t bytes_before = 0;  ///< of these, on the disk
    std::uint64_t bytes_after = 0;
    std::vector<TrashFile> trash;
    std::vector<archive::Finding> damaged;  ///< what cannot be written again before it is mended
};

/// All of it, or with Effect::dry_run only what it would do. Interrupted anywhere, the next call
/// goes on. Throws Error{conflict} when the clock is not believed, but for a dry run. The catalog
/// is a connection of the caller's own.
[[nodiscard]] Compacted compact(archive::Archive& archive, Keeper& keeper,
                                catalog::Catalog& catalog, const CompactRequest& request,
                                const std::stop_token& stop);

/// Whether anything may ever expire: some account's policy is not to keep forever, or something has
/// expired before.
[[nodiscard]] bool has_retention(const catalog::Catalog& catalog);

/// Whether compact() may have anything to do: has_retention(), or files in the trash.
[[nodiscard]] bool needs_compacting(const archive::Archive& archive,
                                    const catalog::Catalog& catalog);

/// What a rewrite must leave out: expired, not stored again since, and under no hold.
[[nodiscard]] std::set<ContentId> dead_messages(const catalog::Catalog& catalog);

/// To be called between a rewrite that left `dead` out and Archive::retire: what came back
/// meanwhile, and whose only copy is in the files that will go, is stored anew.
void rescue(const archive::Archive& archive, Keeper& keeper, const std::set<ContentId>& dead,
            const archive::Rewritten& rewritten);

/// Both clocks of the machine.
[[nodiscard]] catalog::ClockReading read_clocks(const Clock& clock);

/// Notes the clocks unless they contradict what was noted before. Called at the end of each run, so
/// that a jump shows whenever it happens.
void observe_clock(catalog::Catalog& catalog, const catalog::ClockReading& now);

}  // namespace mailkeep::sync
