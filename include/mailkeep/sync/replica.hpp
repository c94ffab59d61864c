// SPDX-License-Identifier: Apache-2.0
// The second copy while the program runs: renewed after runs, and asked before a server is told to
// delete.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/archive/replica.hpp"
#include "mailkeep/base/error.hpp"

#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>

namespace mailkeep::sync {

struct ReplicaPolicy {
    std::filesystem::path folder;
    bool deletes_wait = true;  ///< for the message to be in the replica
};

/// Any thread. Borrows the archive, which must outlive it.
class Replica {
  public:
    Replica(const archive::Archive& archive, ReplicaPolicy policy);

    [[nodiscard]] const ReplicaPolicy& policy() const { return policy_; }

    /// Brings it up to all that is committed. Says why not, when it cannot; a stop request is
    /// Error{cancelled}, thrown. Makes no replica where there is none: the folder may be one at
    /// which a disk is missing today.
    [[nodiscard]] std::optional<Error> renew(const std::stop_token& stop);

    /// Whether the message can be read from the replica, octet for octet. As of the last renew().
    [[nodiscard]] bool holds(const StoredMessage& message);

  private:
    const archive::Archive& archive_;
    ReplicaPolicy policy_;
    std::mutex mutex_;                      // guards copy_, and the replica while it is renewed
    std::optional<archive::Archive> copy_;  // the replica, open for reading
};

}  // namespace mailkeep::sync
