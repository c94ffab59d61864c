// SPDX-License-Identifier: Apache-2.0
// The IMAP session of a restore: makes mailboxes and appends. It cannot remove anything.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/imap/types.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace mailkeep::imap {

/// Takes over a logged-in ReadSession. Threads and errors as there.
class WriteSession {
  public:
    explicit WriteSession(ReadSession session);

    /// The reading half, on the same connection: list, examine, fetch.
    [[nodiscard]] ReadSession& reading() { return session_; }

    /// CREATE and SUBSCRIBE. A mailbox that is there already is left as it is and no error.
    void create(std::string_view mailbox);

    /// SELECT: unlike EXAMINE it tells which flags the mailbox keeps. Never closed with CLOSE.
    SelectData select(std::string_view mailbox);

    /// APPEND with the octets unchanged. A date before 1970 becomes 1970-01-01. Flags the server
    /// will not keep (permanent_flags) and words that are no atoms are left out. The literal is
    /// synchronizing for the first message of each (mailbox, flags, zone form) and for ever once
    /// the server answered BAD: a server may take the text of a message it refused for commands.
    /// Error{refused} for NO; Error{protocol} for BAD, and the connection is dropped.
    [[nodiscard]] std::optional<AppendUid> append(
        std::string_view mailbox, std::string_view raw, const Flags& flags,
        const InternalDate& date, const std::optional<std::vector<std::string>>& permanent_flags);

    void logout() noexcept { session_.logout(); }

  private:
    ReadSession session_;
    std::set<std::string> confirmed_;  ///< argument sets the server has accepted once
};

}  // namespace mailkeep::imap
