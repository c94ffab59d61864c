// SPDX-License-Identifier: Apache-2.0
// What the sessions of one restore have in common: the catalog and the ingest, one at a time.
#pragma once

#include "mailkeep/sync/restore.hpp"

#include "recognition.hpp"
#include "restore_targets.hpp"

#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// Any thread. Borrows all it is given.
class RestoreDesk {
  public:
    RestoreDesk(const std::string& target, const RestoreRequest& request,
                const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                const std::stop_token& stop);

    [[nodiscard]] const RestoreRequest& request() const { return request_; }

    [[nodiscard]] const archive::Archive& archive() const { return archive_; }

    [[nodiscard]] Progress& progress() { return progress_; }

    /// Error{cancelled}
    void require_going_on() const;

    /// Every mailbox of which something is to be given back.
    [[nodiscard]] std::vector<RestoreSource> sources();
    /// The account whose server the target is.
    [[nodiscard]] std::optional<AccountId> account_there();
    [[nodiscard]] std::vector<RestoreItem> items(const RestoreSource& source);

    /// Known not to be whole.
    [[nodiscard]] const std::set<ContentId>& damaged() const { return damaged_; }

    [[nodiscard]] KnownThere known_there(const std::string& mailbox, UidValidity uid_validity);

    /// These are about to be sent; on return that is durable.
    void note_sent(const std::string& mailbox, std::span<const ContentId> messages);
    void note_arrived(const std::string& mailbox, UidValidity uid_validity,
                      const std::map<Uid, ContentId>& messages);
    void flush();

    /// The message that is on the way to this mailbox by itself; nothing: none.
    void suspect(const std::string& mailbox, const std::optional<ContentId>& message);
    /// Gives up the suspects, for this reason; false when there are none.
    bool give_up_suspects(const std::string& reason);
    [[nodiscard]] std::optional<std::string> given_up(const std::string& mailbox,
                                                      const ContentId& message);

  private:
    [[nodiscard]] bool is_below_inbox(AccountId account) const;
    void add_mirrored(const std::string& mailbox, UidValidity uid_validity,
                      std::map<Uid, ContentId>& known) const;

    std::mutex mutex_;  // guards all of these
    const std::string& target_;
    const RestoreRequest& request_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    const archive::Archive& archive_;
    Progress& progress_;
    const std::stop_token& stop_;
    std::set<ContentId> damaged_;
    std::map<std::string, ContentId> suspects_;  // by mailbox
    std::map<std::pair<std::string, ContentId>, std::string> given_up_;
};

}  // namespace mailkeep::sync
