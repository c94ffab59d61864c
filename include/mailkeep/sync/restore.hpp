// SPDX-License-Identifier: Apache-2.0
// Gives messages back to an IMAP server: octets, flags and dates as they were.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/write_session.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"
#include "mailkeep/sync/restore_plan.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

enum class Effect { apply, dry_run };

/// Whether octets may be changed where the target refuses them otherwise.
enum class Alterations { refused, allowed };

struct RestoreRequest {
    catalog::Selection selection;
    std::string prefix;  ///< UTF-8; everything goes below this mailbox; empty: where it was
    Effect effect = Effect::apply;
    Alterations alterations = Alterations::refused;
    bool verifies = false;  ///< what was appended is read back and compared
};

/// The server mail goes to.
struct RestoreServer {
    std::string target;                        ///< to_url
    std::function<imap::WriteSession()> open;  ///< a logged-in session of its own; any thread
};

/// One restore. Idempotent: what stands there already, counted by copies, is not appended again, by
/// another restore neither. Borrows all it is given. One thread, which may be helped by others of
/// its own.
class Restore {
  public:
    Restore(const RestoreServer& server, const RestoreRequest& request,
            const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
            const std::stop_token& stop, RestoreReport& report);
    ~Restore();
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;

    /// Restores all by so many sessions at once, at most, and returns what failed. After an Error,
    /// as Error{throttled}, another pass goes on where this one ended. The counts of the ingest and
    /// the report are those of all passes.
    [[nodiscard]] std::vector<std::string> pass(std::size_t connections);

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::sync
