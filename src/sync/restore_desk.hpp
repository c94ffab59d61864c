// SPDX-License-Identifier: Apache-2.0
// What the sessions of one restore have in common: the catalog and the ingest, one at a time.
#pragma once

#include "mailkeep/sync/restore.hpp"

#include "restore_targets.hpp"
#include "wanted_messages.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace mailkeep::sync {

/// What our records say stands there.
struct KnownUid {
    Uid uid = 0;
    std::optional<Place> place;  ///< nothing: none of the wanted messages
};

/// What our records say of the mailbox.
struct KnownThere {
    std::vector<KnownUid> uids;  ///< ascending, each once
    std::vector<Place> sent;     ///< sent, and nobody knows what became of them; ascending
};

/// Any thread. Borrows all it is given.
class RestoreDesk {
  public:
    RestoreDesk(const std::string& target, const RestoreRequest& request,
                const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                const std::stop_token& stop, std::function<imap::WriteSession()> open_session);

    [[nodiscard]] const RestoreRequest& request() const { return request_; }

    [[nodiscard]] const archive::Archive& archive() const { return archive_; }

    [[nodiscard]] Progress& progress() { return progress_; }

    /// Error{cancelled}
    void require_going_on() const;

    /// Every mailbox of which something is to be given back.
    [[nodiscard]] std::vector<RestoreSource> sources();
    /// The account whose server the target is.
    [[nodiscard]] std::optional<AccountId> account_there();
    /// All that is to be given back of these, in their order.
    [[nodiscard]] std::vector<WantedMessage> wanted(std::span<const RestoreSource> sources);
    /// Error{conflict}: it was removed from the archive meanwhile.
    [[nodiscard]] RestoreItem item(const WantedMessage& wanted);
    /// The same of many.
    [[nodiscard]] std::map<Place, RestoreItem> items(std::span<const WantedMessage> wanted,
                                                     std::span<const Place> places);

    /// Known not to be whole.
    [[nodiscard]] const std::set<ContentMark>& damaged() const { return damaged_; }

    [[nodiscard]] KnownThere known_there(const std::string& mailbox, UidValidity uid_validity,
                                         const WantedIndex& wanted);

    /// These are about to be sent; on return that is durable.
    void note_sent(const std::string& mailbox, std::span<const ContentId> messages);
    /// Likewise.
    void note_arrived(const std::string& mailbox, UidValidity uid_validity,
                      const std::map<Uid, ContentId>& messages);

    /// This message is on the way to the mailbox by itself, until it is cleared.
    void suspect(const std::string& mailbox, const ContentMark& message);
    void clear(const std::string& mailbox, const ContentMark& message);
    /// Gives up the suspects, for this reason; false when there are none.
    bool give_up_suspects(const std::string& reason);
    [[nodiscard]] std::optional<std::string> given_up(const std::string& mailbox,
                                                      const ContentMark& message);

    /// So many sessions may be opened beside those that are open.
    void allow_sessions(std::size_t count);
    /// Whether one more may be opened. Each is returned once it is closed, or was not opened.
    [[nodiscard]] bool take_session();
    void return_session();

    /// A logged-in session.
    [[nodiscard]] imap::WriteSession open_session() const { return open_session_(); }

  private:
    [[nodiscard]] bool is_below_inbox(AccountId account) const;
    [[nodiscard]] RestoreItem find(const WantedMessage& wanted) const;
    void add_mirrored(const std::string& mailbox, UidValidity uid_validity,
                      const std::function<void(Uid, const ContentId&)>& sink) const;

    std::mutex mutex_;  // guards all of these
    const std::string& target_;
    const RestoreRequest& request_;
    const catalog::Catalog& catalog_;
    Ingest& ingest_;
    const archive::Archive& archive_;
    Progress& progress_;
    const std::stop_token& stop_;
    std::set<ContentMark> damaged_;
    std::set<std::pair<std::string, ContentMark>> suspects_;  // by mailbox
    std::map<std::pair<std::string, ContentMark>, std::string> given_up_;
    std::size_t free_sessions_ = 0;
    std::function<imap::WriteSession()> open_session_;
};

/// A session that was taken; returned in the end.
class SessionOnLoan {
  public:
    explicit SessionOnLoan(RestoreDesk& desk) : desk_(desk) {}

    ~SessionOnLoan() { desk_.return_session(); }

    SessionOnLoan(const SessionOnLoan&) = delete;
    SessionOnLoan& operator=(const SessionOnLoan&) = delete;

  private:
    RestoreDesk& desk_;
};

}  // namespace mailkeep::sync
