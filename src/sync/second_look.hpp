// SPDX-License-Identifier: Apache-2.0
// Whether mail that one session shows no more is gone for another one, too: a session may be stuck
// at an old state, or at a replica that lags behind. Asked only where much seems to be lost.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/model/uid_set.hpp"
#include "mailkeep/sync/mirror.hpp"

#include "departures.hpp"

#include <optional>
#include <vector>

namespace mailkeep::sync {

/// Borrows what it is given, which must outlive it. Its session is opened when it is first needed.
/// One run, one thread.
class SecondLook {
  public:
    explicit SecondLook(const FurtherSession& open) : open_(open) {}

    /// Without another session, the first one is believed.
    [[nodiscard]] bool is_possible() const { return open_ != nullptr; }

    /// Every mailbox with its status, as far as told. Nothing: it cannot be asked.
    [[nodiscard]] std::optional<std::vector<imap::ListEntry>> list();

    /// What of the departure is there after all. Nothing: it cannot be told.
    [[nodiscard]] std::optional<UidSet> standing(const Departure& departure);

  private:
    [[nodiscard]] imap::ReadSession& session();
    template <class Ask>
    [[nodiscard]] bool asks(const Ask& ask);
    [[nodiscard]] bool lists(const Departure& departure);
    [[nodiscard]] std::optional<UidSet> standing_in_mailbox(const Departure& departure);

    const FurtherSession& open_;
    std::optional<imap::ReadSession> session_;
};

}  // namespace mailkeep::sync
