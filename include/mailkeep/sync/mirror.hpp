// SPDX-License-Identifier: Apache-2.0
// Carries out mirror plans: an IMAP account into the archive. Never changes the server.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// Opens another logged-in session of the account; any Error: there is none to be had.
using FurtherSession = std::function<imap::ReadSession()>;

/// What further sessions may be had for; nothing: for that, none.
struct FurtherSessions {
    FurtherSession to_fetch;       ///< much mail
    FurtherSession to_look_again;  ///< whether what seems to be lost is
    /// How many of those to fetch may look into mailboxes ahead where the line is slow, besides one
    /// that fetches.
    std::size_t scouts = 0;
};

/// Mirrors every mailbox the account wants, on a logged-in session. What went wrong with single
/// messages and mailboxes is returned, a line each; Error for what ends the run. How far each
/// mailbox was followed is noted in the catalog once its messages are durable. Much mail is fetched
/// over a further session as well, where one may be opened; a great loss is believed only when
/// another session shows it, too.
[[nodiscard]] std::vector<std::string> mirror(imap::ReadSession& session, const Account& account,
                                              catalog::Catalog& catalog, Ingest& ingest,
                                              Progress& progress, const std::stop_token& stop,
                                              const FurtherSessions& further = {});

}  // namespace mailkeep::sync
