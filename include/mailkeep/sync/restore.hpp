// SPDX-License-Identifier: Apache-2.0
// Carries out restore plans: messages back to an IMAP server, octets, flags and dates as they were.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/write_session.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

enum class Effect { apply, dry_run };

struct RestoreRequest {
    catalog::Selection selection;
    std::string prefix;  ///< UTF-8; everything goes below this mailbox; empty: where it was
    Effect effect = Effect::apply;
};

/// The name a mailbox gets on a server with another delimiter, below a prefix (UTF-8 in, UTF-8
/// out).
[[nodiscard]] std::string target_mailbox(std::string_view name, char delimiter,
                                         std::string_view prefix, char target_delimiter);

/// Restores on a logged-in session. `target` is to_url of the server. Idempotent: what stands there
/// already, counted by copies, is not appended again. A dry run only counts. Returns what failed.
[[nodiscard]] std::vector<std::string> restore(imap::WriteSession& session,
                                               const std::string& target,
                                               const RestoreRequest& request,
                                               const catalog::Catalog& catalog, Ingest& ingest,
                                               Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::sync
