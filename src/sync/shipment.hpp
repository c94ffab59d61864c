// SPDX-License-Identifier: Apache-2.0
// What one session sends to a mailbox, part by part, and what came of it. What is about to be sent
// is noted first and the UIDs afterwards, so that a restore that was cut short does not send twice.
#pragma once

#include "mailkeep/imap/write_session.hpp"

#include "dispatch.hpp"
#include "read_back.hpp"
#include "restore_desk.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// What is known of the target before.
struct TargetLimits {
    std::optional<std::uint64_t> append;  ///< octets of a message
    char delimiter = 0;
    bool has_labels = false;  ///< Gmail's (X-GM-EXT-1)
};

/// What the sessions that send to one mailbox have found out.
struct Ledger {
    std::mutex mutex;  ///< guards the others
    MailboxRestore& report;
    std::vector<Taken> taken;    ///< when it is to be read back
    bool is_distrusted = false;  ///< what the server says of UIDs was wrong
    bool is_over = false;        ///< nothing more is to be begun
};

/// What becomes other than it was, whatever the server does with the octets.
[[nodiscard]] std::vector<std::string> changes_of(const RestoreItem& item,
                                                  const imap::SelectData& selected,
                                                  const TargetLimits& limits);

/// One thread. Borrows all it is given. Requires: the session has the mailbox open.
class Shipment {
  public:
    /// None: there are no more.
    using NextPart = std::function<std::span<const Place>()>;

    Shipment(RestoreDesk& desk, imap::WriteSession& session, const imap::SelectData& selected,
             const TargetLimits& limits, std::span<const WantedMessage> wanted, Ledger& ledger);

    /// Sends all parts, unless the target is full before.
    void run(const NextPart& next_part);

  private:
    [[nodiscard]] Dispatch::Hooks hooks();
    [[nodiscard]] std::optional<Upload> next_upload();
    [[nodiscard]] bool take_part();
    [[nodiscard]] std::optional<Upload> upload_of(Place place, Octets octets);
    void take_arrival(const Upload& upload, std::optional<Uid> uid);
    void refuse(const Upload& upload, const std::string& reason);
    void hinder(const RestoreItem& item, std::string reason);
    void suspect(const Upload* upload);
    void check();
    void label(const std::map<Uid, Place>& arrived);

    RestoreDesk& desk_;
    imap::WriteSession& session_;
    const imap::SelectData& selected_;
    const TargetLimits& limits_;
    std::span<const WantedMessage> wanted_;
    Ledger& ledger_;
    std::string mailbox_;
    NextPart next_part_;
    std::span<const Place> part_;  // of it what was not made ready yet
    bool has_more_ = true;
    std::map<Place, RestoreItem> items_;  // of what was begun since the last check
    std::map<Uid, Place> unchecked_;      // where the server says it put messages
    std::map<Uid, std::uint64_t> sizes_;  // as sent
    std::size_t begun_ = 0;               // since the last check
    std::optional<ContentMark> suspect_;
};

}  // namespace mailkeep::sync
