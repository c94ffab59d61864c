// SPDX-License-Identifier: Apache-2.0
// One run for one account, or one restore or import: connects, logs in, lets sync work, writes the
// outcome down. Blocking; the caller chooses the thread.
#pragma once

#include "mailkeep/model/run.hpp"
#include "mailkeep/service/depot.hpp"
#include "mailkeep/sync/import_mail.hpp"
#include "mailkeep/sync/progress.hpp"
#include "mailkeep/sync/restore.hpp"

#include <functional>
#include <optional>
#include <stop_token>

namespace mailkeep::service {

/// Notes the run as started and returns its id; perform_… carries it out.
[[nodiscard]] RunId begin_backup(Depot& depot, const Account& account);

/// Errors end up in Run::error ("what: hint" lines) and state; only broken promises and storage
/// faults that keep the outcome from being written are thrown.
Run perform_backup(Depot& depot, RunId id, const Account& account, sync::Progress& progress,
                   const std::stop_token& stop);

struct RestoreTarget {
    Server server;
    Secret password;
    std::optional<Account> account = {};  ///< whose server it is, and which logs in there
};

/// The server of an account, which logs in there as its backups do. Error{invalid} when that is no
/// IMAP server.
[[nodiscard]] RestoreTarget restore_target(const Account& account);

[[nodiscard]] RunId begin_restore(Depot& depot);

/// What a restore was going to do and what came of it, as it is kept in the catalog.
using ReportText = std::function<std::string(const sync::RestoreReport&)>;

/// `text` is called once, before the outcome is written down.
Run perform_restore(Depot& depot, RunId id, const RestoreTarget& target,
                    const sync::RestoreRequest& request, sync::Progress& progress,
                    const std::stop_token& stop, const ReportText& text);

[[nodiscard]] RunId begin_import(Depot& depot, AccountId account);

/// `afterwards`, if any, is called when all that was read is durable, and nothing was left unread.
Run perform_import(Depot& depot, RunId id, const Account& account,
                   const sync::ImportRequest& request, const std::function<void()>& afterwards,
                   sync::Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::service
