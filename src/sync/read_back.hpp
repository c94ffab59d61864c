// SPDX-License-Identifier: Apache-2.0
// Compares what was appended with what the server gives back.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/sync/restore_plan.hpp"

#include "restore_desk.hpp"
#include "wanted_messages.hpp"

#include <span>

namespace mailkeep::sync {

/// A message the server said it has taken.
struct Taken {
    Place place = 0;
    Uid uid = 0;              ///< 0: it is not known
    ContentMark canonical{};  ///< of the CanonicalDigest of what was sent
    std::uint64_t size = 0;   ///< of what was sent
};

/// Reads everything that came into the open mailbox since it was selected, and fills in what of the
/// report tells of it. What is not there becomes a hindrance. Sorts the taken messages.
void read_back(imap::ReadSession& session, RestoreDesk& desk, std::span<const WantedMessage> wanted,
               const imap::SelectData& selected, std::span<Taken> taken, MailboxRestore& report);

}  // namespace mailkeep::sync
