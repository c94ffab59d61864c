// SPDX-License-Identifier: Apache-2.0
// Large messages on their way in: DATA/incoming holds, sealed, what has come of them.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/spool.hpp"
#include "mailkeep/imap/types.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace mailkeep::sync {

class LargeMail {
  public:
    explicit LargeMail(const archive::Archive& archive);
    /// The key has 32 octets.
    LargeMail(std::filesystem::path folder, std::string key);

    /// With what an earlier connection, or an earlier run, has left of the message. Two with the
    /// same name may not live at once.
    [[nodiscard]] Spool resume(std::string_view name) const;

    /// For messages that are fetched whatever they are.
    [[nodiscard]] imap::LargeMessages unnamed() const;
    /// For those of a mailbox. Borrows this object.
    [[nodiscard]] imap::LargeMessages of_mailbox(AccountId account, std::string_view mailbox,
                                                 UidValidity uid_validity) const;

  private:
    std::filesystem::path folder_;
    std::string key_;
};

[[nodiscard]] ContentId content_id_of(const imap::FetchedMessage& message);

/// See CanonicalDigest.
[[nodiscard]] ContentId canonical_of(const imap::FetchedMessage& message);

}  // namespace mailkeep::sync
