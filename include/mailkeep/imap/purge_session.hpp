// SPDX-License-Identifier: Apache-2.0
// The IMAP session that deletes: exactly the messages it is told, by UID EXPUNGE (RFC 4315), and
// nothing else. A plain EXPUNGE, which would take what others marked as deleted, it does not have.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/uid_set.hpp"

#include <string_view>

namespace mailkeep::imap {

/// Takes over a logged-in ReadSession. Threads and errors as there.
class PurgeSession {
  public:
    explicit PurgeSession(ReadSession session);

    /// Whether the server can expunge by UID: UIDPLUS, or IMAP4rev2, which holds it.
    [[nodiscard]] bool can_purge() const;

    /// SELECT. Never closed with CLOSE, which would expunge what others marked.
    SelectData select(std::string_view mailbox);

    /// Marks the messages of the selected mailbox as \Deleted (and \Seen, without which Exchange
    /// tells their senders that they were deleted unread) and expunges them; returns those that are
    /// no longer there. Requires: can_purge(), no UID 0, not empty.
    [[nodiscard]] UidSet purge(const UidSet& uids);

    void logout() noexcept { session_.logout(); }

  private:
    [[nodiscard]] UidSet still_there(const UidSet& uids);

    ReadSession session_;
};

}  // namespace mailkeep::imap
