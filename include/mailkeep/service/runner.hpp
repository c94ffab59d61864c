// SPDX-License-Identifier: Apache-2.0
// The queue of runs: a few workers, one run per account at a time.
#pragma once

#include "mailkeep/model/run.hpp"
#include "mailkeep/service/backup.hpp"
#include "mailkeep/service/depot.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace mailkeep::service {

/// Any thread. Borrows the depot, which must outlive it. The destructor cancels what runs and
/// waits.
class Runner {
  public:
    explicit Runner(Depot& depot, std::size_t workers = 2);
    ~Runner();

    /// Queues a backup. The id of the run that is queued or under way for this account, if there
    /// is one already; else of a new one. Error{not_found} for an unknown account.
    RunId start_backup(AccountId account);
    /// The same, and when one is under way, which may have come past what is new, another follows
    /// it. An account that is no more has none.
    void back_up_soon(AccountId account);
    /// `text` is as of perform_restore, and called on a thread of the runner.
    RunId start_restore(RestoreTarget target, sync::RestoreRequest request, ReportText text);

    /// Queues an import, behind what else there is of the account; `afterwards` is as of
    /// perform_import. Error{not_found} for an unknown account.
    RunId start_import(AccountId account, sync::ImportRequest request,
                       std::function<void()> afterwards = {});

    /// False when no such run is queued or under way.
    bool cancel(RunId id);

    /// Of a run queued or under way.
    [[nodiscard]] std::optional<sync::Progress::View> progress(RunId id) const;
    /// Returns once it is over, or after so long.
    void wait_for(RunId id, std::chrono::milliseconds most) const;
    [[nodiscard]] bool is_busy(AccountId account) const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::service
