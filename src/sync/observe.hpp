// SPDX-License-Identifier: Apache-2.0
// Opens a mailbox and finds out what is in it with as few questions as the server allows.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/sync/plan.hpp"

#include <optional>
#include <string_view>

namespace mailkeep::sync {

/// What was known of a mailbox before it was opened.
struct Recollection {
    std::optional<MailboxCursor> cursor;
    MirrorState known;
    std::vector<Quarantined> quarantined;
};

struct Observation {
    imap::SelectData opened;  ///< uid_validity is never 0
    ServerView view;
    bool is_full = false;  ///< all UIDs and flags were listed
};

/// Error{refused} when the mailbox cannot be opened or read.
[[nodiscard]] Observation observe(imap::ReadSession& session, std::string_view mailbox, Pass pass,
                                  const Recollection& before);

}  // namespace mailkeep::sync
