// SPDX-License-Identifier: Apache-2.0
// Carries out collect plans: a POP3 maildrop into the archive, and, by policy, out of the server.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/pop3/session.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// The wire name of a POP3 account's only mailbox, and its UIDVALIDITY.
inline constexpr const char* maildrop_mailbox = "INBOX";
inline constexpr UidValidity maildrop_uid_validity = 1;

/// Collects on a logged-in session and ends it with QUIT. DELE is sent for nothing that is not
/// durable, read back and catalogued. Returns what went wrong with single messages.
[[nodiscard]] std::vector<std::string> collect(pop3::Session& session, const Account& account,
                                               catalog::Catalog& catalog, Ingest& ingest,
                                               Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::sync
