// SPDX-License-Identifier: Apache-2.0
// When accounts run: a thread that asks the catalog what is due and tells the runner.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/model/maildrop.hpp"
#include "mailkeep/model/run.hpp"
#include "mailkeep/service/runner.hpp"

#include <memory>
#include <optional>

namespace mailkeep::service {

/// When the account runs next; nothing when its schedule is manual. Never run: now. After a failure
/// at the usual interval, except after a refused password or certificate: then not before the
/// account was edited, or once a day; and after a maildrop that was locked: then within a quarter
/// of an hour; and when it waited in vain for a server that wants a pause: not within an hour.
/// Never sooner than the server wants.
[[nodiscard]] std::optional<Timestamp> next_due(const Schedule& schedule,
                                                const std::optional<Run>& last, Timestamp now,
                                                const MaildropRules& rules = {});

/// Borrows both, which must outlive it. The destructor stops the thread.
class Scheduler {
  public:
    Scheduler(Depot& depot, Runner& runner);
    ~Scheduler();

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::service
