// SPDX-License-Identifier: Apache-2.0
// Finds out which messages of an open mailbox the archive holds, and so need not be fetched.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/imap/read_session.hpp"

#include "identity_plan.hpp"
#include "large_mail.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// A message of the mailbox whose octets the archive holds.
struct Identified {
    UidFlags message;
    ContentId content_id;
    InternalDate internal_date;
    std::string object_id;
};

/// Borrows all it is given, which must outlive it. One mailbox of a run, then gone.
class Identifier {
  public:
    Identifier(imap::ReadSession& session, AccountId account, const catalog::Catalog& catalog,
               const archive::Archive& archive, const LargeMail& large_mail)
        : session_(session),
          account_(account),
          catalog_(catalog),
          archive_(archive),
          large_mail_(large_mail) {}

    /// What is certain to be known of these messages of the open mailbox; in no order.
    [[nodiscard]] std::vector<Identified> identify(std::span<const UidFlags> wanted);

  private:
    void gather(std::span<const UidFlags> wanted);
    void ask_identities();
    [[nodiscard]] std::vector<Match> match_by_headers(const std::vector<Uid>& likely);
    void read_heads(std::span<const Arrival> arrivals);

    imap::ReadSession& session_;
    AccountId account_;
    const catalog::Catalog& catalog_;
    const archive::Archive& archive_;
    const LargeMail& large_mail_;
    std::vector<Arrival> arrivals_;  ///< those that have an equal in size; ascending by UID
    std::vector<Archived> archived_;
    std::vector<StoredMessage> stored_;  ///< in the order of archived_
    std::map<Uid, InternalDate> dates_;
};

/// Whether these messages of the open mailbox, fetched whole, are what they should be.
[[nodiscard]] bool spot_checks_agree(imap::ReadSession& session, std::span<const Match> checks,
                                     const imap::LargeMessages& large = {});

}  // namespace mailkeep::sync
