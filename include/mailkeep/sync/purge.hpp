// SPDX-License-Identifier: Apache-2.0
// Deletes on an IMAP server what the account's policy lets go of and the archive is proven to hold.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/purge_session.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// After a mirror run, on a logged-in session. A message goes only when its UID and UIDVALIDITY are
/// those it was archived under, its octets were read back from the disk just now, and the replica
/// has it where deleting waits for that; each leaves a receipt (Gone, with its proof). Without
/// UIDPLUS nothing goes. Returns what went wrong with single mailboxes and messages.
[[nodiscard]] std::vector<std::string> purge(imap::PurgeSession& session, const Account& account,
                                             const catalog::Catalog& catalog, Ingest& ingest,
                                             Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::sync
