// SPDX-License-Identifier: Apache-2.0
// The decisions, apart from the doing: pure functions over values, no I/O, no clock, no log. Their
// truth tables stand in src/sync/README.md.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/model/message.hpp"
#include "mailkeep/model/uid_set.hpp"
#include "mailkeep/pop3/session.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// What a mirror run does with one mailbox.
struct MirrorPlan {
    bool starts_over = false;     ///< UIDVALIDITY is another one: all that was known there is gone
    std::vector<UidFlags> fetch;  ///< newest first
    std::vector<UidFlags> flags;  ///< known messages whose flags are now these
    UidSet gone;                  ///< known, no longer there (all known ones when it starts over)
};

[[nodiscard]] MirrorPlan plan_mirror(const ServerView& server, const MirrorState& known);

/// One message of the maildrop that is to be retrieved.
struct CollectStep {
    pop3::Number number = 0;
    std::string unique_id;  ///< empty: nothing to know it by but its octets
    std::uint64_t octets = 0;
    bool removes = false;                   ///< DELE once its octets are proven to be archived
    std::optional<CollectedMessage> known;  ///< retrieved before: DELE only for the same octets
};

struct CollectPlan {
    std::vector<CollectStep> steps;      ///< ascending by number
    std::vector<CollectedMessage> gone;  ///< in the ledger by unique-id, no longer listed
};

[[nodiscard]] CollectPlan plan_collect(std::span<const pop3::ListLine> listing,
                                       std::span<const CollectedMessage> ledger,
                                       const DeletePolicy& policy, Timestamp now);

/// Whether the policy lets go of a message that was first seen then.
[[nodiscard]] bool is_removable(const DeletePolicy& policy, Timestamp seen_at, Timestamp now);

/// Of what stands in a mailbox on the server, what is to be deleted there; in the same order.
[[nodiscard]] std::vector<CollectedMessage> plan_purge(std::span<const CollectedMessage> on_server,
                                                       const DeletePolicy& policy, Timestamp now);

/// What a restore does with one mailbox of the target.
struct RestorePlan {
    std::vector<std::size_t> append;  ///< places in `wanted`, in order
    std::uint64_t already_there = 0;
};

/// Counts copies: two placements of one content are there only when the target has two.
[[nodiscard]] RestorePlan plan_restore(std::span<const ContentId> wanted,
                                       std::span<const ContentId> present);

}  // namespace mailkeep::sync
