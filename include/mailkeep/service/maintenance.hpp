// SPDX-License-Identifier: Apache-2.0
// The housekeeping of a service: seals and merges in the background, at the lowest priority.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/service/depot.hpp"

#include <memory>

namespace mailkeep::service {

enum class SealingDue { no, closed_journals, all_journals };

/// Closed journals are sealed when they hold 4 MiB; everything when the oldest batch that is in no
/// pack is seven days old.
[[nodiscard]] SealingDue sealing_due(const archive::Archive::Backlog& backlog, Timestamp now);

/// Borrows the depot, which must outlive it. The destructor stops the thread; what it was at is
/// begun again the next time.
class Maintenance {
  public:
    explicit Maintenance(Depot& depot);
    ~Maintenance();

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::service
