// SPDX-License-Identifier: Apache-2.0
// The housekeeping of a service, in the background and at the lowest priority: seals and merges,
// checks what was checked longest ago, and applies retention once a day.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/service/depot.hpp"

#include <memory>
#include <optional>

namespace mailkeep::service {

enum class SealingDue { no, closed_journals, all_journals };

/// Closed journals are sealed when they hold 4 MiB; everything when the oldest batch that is in no
/// pack is seven days old.
[[nodiscard]] SealingDue sealing_due(const archive::Archive::Backlog& backlog, Timestamp now);

/// Once a day; what was hindered, by the clock or by damage, is tried again at each look.
[[nodiscard]] bool is_retention_due(const std::optional<catalog::ChoreDone>& last, Timestamp now);

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
