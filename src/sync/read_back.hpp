// SPDX-License-Identifier: Apache-2.0
// Compares what was appended with what the server gives back.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/sync/restore_plan.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// A message the server said it has taken.
struct Taken {
    ContentId message;
    std::string message_id;          ///< Message-ID field; may be empty
    ContentId canonical;             ///< CanonicalDigest of what was sent
    std::uint64_t size = 0;          ///< of what was sent
    std::vector<std::string> flags;  ///< as sent
    InternalDate date;
    std::optional<Uid> uid;
};

/// Reads everything from UID `first` on in the open mailbox, and fills in what of the report tells
/// of it. What is not there becomes a hindrance.
void read_back(imap::ReadSession& session, const archive::Archive& archive, Uid first,
               std::span<const Taken> taken, MailboxRestore& report);

}  // namespace mailkeep::sync
