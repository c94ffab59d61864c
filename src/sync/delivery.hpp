// SPDX-License-Identifier: Apache-2.0
// The mail of one mailbox of the target, on one session: finds out what is missing there, sends it,
// and looks at what came of it. What is about to be sent is noted first and the UIDs afterwards, so
// that a restore that was cut short does not send twice.
#pragma once

#include "mailkeep/imap/write_session.hpp"

#include "dispatch.hpp"
#include "read_back.hpp"
#include "recognition.hpp"
#include "restore_desk.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// What is known of the target before.
struct TargetLimits {
    std::optional<std::uint64_t> append;  ///< octets of a message
    char delimiter = 0;
};

/// One thread. Borrows all it is given; the report is that of the mailbox, over all attempts.
class Delivery {
  public:
    Delivery(RestoreDesk& desk, imap::WriteSession& session, const TargetLimits& limits,
             std::span<const RestoreSource> sources, MailboxRestore& report);

    /// Error{refused}: the mailbox cannot be made or opened.
    void run();

  private:
    void load();
    [[nodiscard]] bool open();
    void make_mailbox();
    void plan();
    void plan_missing(const std::vector<ContentId>& present);
    [[nodiscard]] std::optional<std::string> hindrance_of(const RestoreItem& item) const;
    void describe(const RestoreItem& item);
    void send();
    void send_some(std::span<const std::size_t> places);
    [[nodiscard]] Dispatch::Hooks hooks();
    [[nodiscard]] std::optional<Upload> next_upload();
    [[nodiscard]] std::optional<Upload> upload_of(std::size_t place, Nul nul);
    void take_arrival(const Upload& upload, std::optional<Uid> uid);
    void check();
    void hinder(const RestoreItem& item, std::string reason);

    RestoreDesk& desk_;
    imap::WriteSession& session_;
    const TargetLimits& limits_;
    std::span<const RestoreSource> sources_;
    MailboxRestore& report_;
    std::vector<RestoreItem> items_;
    imap::SelectData selected_;
    std::vector<std::size_t> missing_;         // places in items_
    std::span<const std::size_t> to_be_sent_;  // of these
    std::map<Uid, std::size_t> unchecked_;     // where the server says it put messages
    std::map<Uid, std::uint64_t> sizes_;       // as sent
    std::vector<Taken> taken_;
    bool is_distrusted_ = false;  // what it says of UIDs was wrong
    bool is_full_ = false;
};

}  // namespace mailkeep::sync
