// SPDX-License-Identifier: Apache-2.0
// Step 4 of the order of writes: what stands between a message and its deletion on the server.
// Every command that removes mail from a server asks here, message by message.
#pragma once

#include "mailkeep/sync/keeper.hpp"

#include "problems.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace mailkeep::sync {

/// Borrows keeper and problems. One run, one thread.
class RemovalGuard {
  public:
    RemovalGuard(Keeper& keeper, Problems& problems, const std::stop_token& stop)
        : keeper_(keeper), problems_(problems), stop_(stop) {}

    /// Before each batch. Where deleting waits for the replica it is renewed first: false when it
    /// cannot be had, told once. Mail is still taken in, and the next run deletes what this one
    /// left.
    [[nodiscard]] bool is_ready();

    /// What is proven of these octets, now: they were read back from the disk and are whole.
    /// Nothing when they may not go because the replica lacks them; told by `name`. Error{corrupt}
    /// when the archive's own copy is not whole.
    [[nodiscard]] std::optional<RemovalProof> prove(const ContentId& content_id,
                                                    const std::string& name);

  private:
    [[nodiscard]] bool waits_for_replica() const;

    Keeper& keeper_;
    Problems& problems_;
    std::stop_token stop_;
    bool is_replica_missing_ = false;
    bool is_replica_told_ = false;
};

}  // namespace mailkeep::sync
