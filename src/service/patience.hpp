// SPDX-License-Identifier: Apache-2.0
// A run whose server wants a pause, or to which the line broke: it waits, and goes on where it was.
// What came in is durable before it waits, so that another pass over the account does not ask for
// it again.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/time.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include "pause_plan.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::service {

/// Borrows all it is given, which must outlive it. One run, one thread.
class Patience {
  public:
    /// One pass over the account, on a session of its own; returns what went wrong with single
    /// messages and mailboxes.
    using Pass = std::function<std::vector<std::string>(const Waited&)>;
    using Rest = std::function<void(const std::stop_token&, std::chrono::milliseconds)>;

    Patience(RunId run, catalog::Catalog& catalog, sync::Ingest& ingest, sync::Progress& progress,
             const std::stop_token& stop, Rest rest);

    /// Passes until one comes to its end, with pauses as pause_plan has them. While it waits, the
    /// catalog and the progress say so. Error{throttled} when it waited long enough.
    std::vector<std::string> complete(const Pass& pass);

    /// What `open` gives, a logged-in session. From the first one on, a line that breaks
    /// (Error{network}, Error{timeout}) ends a pass only, until pause_plan says that it broke too
    /// often, and a login that is refused (Error{refused}: a maildrop may be locked by the session
    /// that was lost) counts as a wish for a pause. Before, the server was never reached.
    template <class Open>
    auto reach(const Open& open) {
        is_calling_ = true;
        auto session = open();
        is_calling_ = false;
        is_reached_ = true;
        return session;
    }

  private:
    [[nodiscard]] bool is_broken(const Error& error) const;
    [[nodiscard]] bool is_passing(const Error& error) const;
    [[nodiscard]] std::optional<std::chrono::milliseconds> next_pause(const Error& reason);
    void wait(const Error& reason);

    RunId run_;
    catalog::Catalog& catalog_;
    sync::Ingest& ingest_;
    sync::Progress& progress_;
    const std::stop_token& stop_;
    Rest rest_;
    Waited waited_;
    std::uint64_t seen_ = 0;  ///< messages, when it waited last
    int broken_in_vain_ = 0;  ///< since something came in
    bool is_calling_ = false;
    bool is_reached_ = false;
};

}  // namespace mailkeep::service
