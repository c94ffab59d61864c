// SPDX-License-Identifier: Apache-2.0
// The mail of one mailbox of the target: finds out what is missing there and sends it, by as many
// sessions as are free, and looks at what came of it.
#pragma once

#include "mailkeep/imap/write_session.hpp"

#include "recognition.hpp"
#include "restore_desk.hpp"
#include "shipment.hpp"

#include <atomic>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// One thread, which is helped by others of its own. Borrows all it is given; the report is that of
/// the mailbox, over all attempts.
class Delivery {
  public:
    Delivery(RestoreDesk& desk, imap::WriteSession& session, const TargetLimits& limits,
             std::span<const RestoreSource> sources, MailboxRestore& report);

    /// Error{refused}: the mailbox cannot be made or opened.
    void run();

  private:
    [[nodiscard]] bool open();
    void make_mailbox();
    void plan();
    void plan_missing(const WantedIndex& index, std::span<const Place> present);
    [[nodiscard]] std::optional<std::string> hindrance_of(const WantedMessage& message) const;
    void describe(const WantedMessage& message);
    void send();
    void ship(imap::WriteSession& session, const imap::SelectData& selected);
    [[nodiscard]] std::span<const Place> next_part();
    void find_help();
    void help();

    RestoreDesk& desk_;
    imap::WriteSession& session_;
    const TargetLimits& limits_;
    std::span<const RestoreSource> sources_;
    MailboxRestore& report_;
    std::vector<WantedMessage> wanted_;
    imap::SelectData selected_;
    std::vector<Place> missing_;
    Ledger ledger_;                           // with the report
    std::span<const Place> to_be_sent_;       // of the missing ones; guarded by the ledger's mutex
    std::atomic<bool> is_unhelped_{false};    // the server allows no more sessions
    std::vector<std::future<void>> helpers_;  // they use all of the above
};

}  // namespace mailkeep::sync
