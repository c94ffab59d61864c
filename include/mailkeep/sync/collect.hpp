// SPDX-License-Identifier: Apache-2.0
// Carries out collect plans: a POP3 maildrop into the archive, and, by policy, out of the server.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/model/message.hpp"
#include "mailkeep/model/uid_set.hpp"
#include "mailkeep/pop3/session.hpp"
#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/progress.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// The wire name of a POP3 account's only mailbox, and its UIDVALIDITY.
inline constexpr const char* maildrop_mailbox = "INBOX";
inline constexpr UidValidity maildrop_uid_validity = 1;

/// Opens a logged-in session.
using OpenMaildrop = std::function<std::unique_ptr<pop3::Session>()>;

/// What the sessions of a run leave to the next one when the line breaks. Placements have our
/// running numbers.
struct MaildropTrail {
    UidSet retrieved;  ///< to be deleted; the server may still have it
    UidSet marked;     ///< DELE was sent; whether QUIT was heard is not known
    RemovalProof proof = RemovalProof::none;  ///< of all that is marked
};

/// Collects and ends with QUIT. DELE is sent for nothing that is not durable, read back and
/// catalogued. Returns what went wrong with single messages. When it ends in an Error, what came in
/// by then stands, and another call with the same trail goes on: it first deletes, in a session of
/// its own, what the broken one has retrieved, so that the next break does not lose that again.
[[nodiscard]] std::vector<std::string> collect(const OpenMaildrop& open, const Account& account,
                                               catalog::Catalog& catalog, Ingest& ingest,
                                               Progress& progress, const std::stop_token& stop,
                                               MaildropTrail& trail);

}  // namespace mailkeep::sync
