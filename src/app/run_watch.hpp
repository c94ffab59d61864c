// SPDX-License-Identifier: Apache-2.0
// Waits for runs, shows how far they are, and says how they ended.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/model/run.hpp"

#include "commands.hpp"

#include <span>
#include <string>
#include <vector>

namespace mailkeep::app {

struct WatchedRun {
    RunId id;
    std::string name;  ///< of the account, or of the server a restore goes to
};

/// Returns when all have ended, in the order given. A stop request cancels them first: they finish
/// their batch. A run whose outcome could not be written down comes back as failed.
[[nodiscard]] std::vector<Run> await_runs(const std::vector<WatchedRun>& runs, Context& context,
                                          Workplace& place, const catalog::Catalog& catalog);

/// Names each thing that failed, with a hint for what ended a run early.
void tell_failures(Output& out, const Run& run, const std::string& name);

/// Of one run: failed is 1, or 4 when the archive was found damaged.
[[nodiscard]] ExitCode exit_code_for(const Run& run);

/// Of a backup: an account that failed by itself makes it partial (3); what would have stopped any
/// account (a full disk, a cancel, a damaged archive) has its own code.
[[nodiscard]] ExitCode exit_code_for(std::span<const Run> runs);

/// "INBOX, 12 of 40 messages, 3.4 MB".
[[nodiscard]] std::string progress_text(const sync::Progress::View& view);

/// "[######----] 12/40 3.4 MB post: INBOX".
[[nodiscard]] std::string progress_bar(const sync::Progress::View& sum, const std::string& place);

}  // namespace mailkeep::app
