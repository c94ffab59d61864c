// SPDX-License-Identifier: Apache-2.0
// Follows mailboxes besides the schedule: a change on a server starts the account's ordinary run.
#pragma once

#include "mailkeep/service/depot.hpp"
#include "mailkeep/service/runner.hpp"

#include <memory>

namespace mailkeep::service {

/// One connection and one thread for each account that is followed, from its own settings (see
/// watched_mailboxes); they follow when accounts are added, changed or removed. How each fares is
/// noted in the catalog. Borrows both, which must outlive it. The destructor stops them all.
class Watcher {
  public:
    Watcher(Depot& depot, Runner& runner);
    ~Watcher();

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::service
