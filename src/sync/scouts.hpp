// SPDX-License-Identifier: Apache-2.0
// Looks into mailboxes ahead of the run, over further connections: over a slow line each mailbox
// would else cost the run a round trip to be opened, one to be listed, and one until its first mail
// comes. Decides nothing: what was found is as if the run had looked itself.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/sync/mirror.hpp"
#include "mailkeep/sync/plan.hpp"

#include "fetch_pipeline.hpp"
#include "large_mail.hpp"
#include "observe.hpp"

#include <cstddef>
#include <deque>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// What is to be found out about a mailbox.
struct Errand {
    std::string mailbox;  ///< wire name
    Pass pass = Pass::full;
    Recollection before;
    bool brings_mail = false;  ///< all that is found there is to be fetched, plain
};

struct Found {
    Observation seen;
    std::vector<DigestedMessage> early;    ///< some of the mail, if the errand was to bring it
    imap::ReadSession* session = nullptr;  ///< has the mailbox open, until let_go() or look()
};

/// Borrows what it is given, which must outlive it. One thread; waits for its scouts when it goes.
class Scouts {
  public:
    /// With up to `most` further sessions.
    Scouts(imap::ReadSession& first, const FurtherSession& open_further,
           const LargeMail& large_mail, std::size_t most);

    /// Whether one is free. Never without further sessions, or once one of them failed.
    [[nodiscard]] bool can_send() const;

    /// Begins an errand. Requires: can_send(), and none is sent after one for a later mailbox.
    void send(Errand errand);

    /// What was found, by who was sent or else now. Requires: mailboxes come in the order of
    /// send(). Error{refused} when the mailbox cannot be read; a further session that fails only
    /// makes it slower.
    [[nodiscard]] Found look(const Errand& errand);

    /// The session of what was found last is no longer needed: its scout is free.
    void let_go();

  private:
    struct Scout {
        std::unique_ptr<imap::ReadSession> own;  ///< opened when it is first sent
        imap::ReadSession* session = nullptr;    ///< that one, or the first
        bool is_busy = false;                    ///< it was sent, or the run uses its session
    };

    struct Journey {
        Errand errand;
        Scout* scout = nullptr;
        std::future<Found> found;
    };

    [[nodiscard]] Found go(Scout& scout, const Errand& errand) const;
    void bring_mail(Found& found) const;
    [[nodiscard]] Scout* free_one() const;
    void call_back();

    const FurtherSession& open_further_;
    const LargeMail& large_mail_;
    std::vector<std::unique_ptr<Scout>> scouts_;  ///< the first one has the first session
    Scout* used_ = nullptr;                       ///< by the run
    bool is_alone_;                               ///< no further session (any more)
    std::deque<Journey> journeys_;                ///< last: waits for its threads when it goes
};

}  // namespace mailkeep::sync
