// SPDX-License-Identifier: Apache-2.0
// Carries out mirror plans: an IMAP account into the archive. Never changes the server.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// Mirrors every mailbox the account wants, on a logged-in session. What went wrong with single
/// messages and mailboxes is returned, a line each; Error for what ends the run. How far each
/// mailbox was followed is noted in the catalog once its messages are durable.
[[nodiscard]] std::vector<std::string> mirror(imap::ReadSession& session, const Account& account,
                                              catalog::Catalog& catalog, Ingest& ingest,
                                              Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::sync
