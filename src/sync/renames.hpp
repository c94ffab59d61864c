// SPDX-License-Identifier: Apache-2.0
// Finds out which newly listed mailbox is one that is no longer listed.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "identity_plan.hpp"

#include <vector>

namespace mailkeep::sync {

/// Borrows all it is given, which must outlive it. One run, one thread.
class Renames {
  public:
    Renames(imap::ReadSession& session, const Account& account, const catalog::Catalog& catalog,
            std::vector<catalog::MailboxName>& known, const std::vector<imap::ListEntry>& listed);

    /// Whether it is worth looking: its name was never known, and some mailbox is missing.
    [[nodiscard]] bool may_be_renamed(const imap::ListEntry& entry) const;

    /// Opens the listed mailbox. Returns the known one that it is, if it is one; that one is
    /// missing no more. Error{refused} when it cannot be opened.
    [[nodiscard]] catalog::MailboxName* find(const imap::ListEntry& entry);

  private:
    [[nodiscard]] bool is_now(const catalog::MailboxName& mailbox, const imap::SelectData& opened);

    imap::ReadSession& session_;
    const Account& account_;
    const catalog::Catalog& catalog_;
    const std::vector<catalog::MailboxName>& known_;
    std::vector<catalog::MailboxName*> missing_;  ///< known, no longer listed
};

}  // namespace mailkeep::sync
