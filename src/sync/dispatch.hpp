// SPDX-License-Identifier: Apache-2.0
// Sends messages to one mailbox: many in a command, the next command written while the server works
// on the last one. A command that is refused is sent again in halves, so that one bad message costs
// one message.
#pragma once

#include "mailkeep/imap/write_session.hpp"

#include "upload.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// Borrows the session. One run(), then gone.
class Dispatch {
  public:
    struct Hooks {
        std::function<std::optional<Upload>()> next;  ///< nothing: there is no more
        /// With the UID, where the server tells it.
        std::function<void(const Upload&, std::optional<Uid>)> arrived;
        std::function<void(const Upload&, const std::string& reason)> refused;
        /// The same message in a form that may be taken where this one was refused.
        std::function<std::optional<Upload>(const Upload&)> altered;
        /// This one, if any, is on the way by itself: a session that ends now ends over it.
        std::function<void(const Upload*)> alone;
    };

    Dispatch(imap::WriteSession& session, std::string mailbox, UidValidity uid_validity,
             Hooks hooks);

    /// Sends all, or what fits when the server says that its quota is used up.
    void run();

    /// The server's words, once its quota was used up: what was not sent yet is lost on it.
    [[nodiscard]] const std::optional<std::string>& over_quota() const { return over_quota_; }

  private:
    using Group = std::vector<Upload>;

    void gather();
    [[nodiscard]] bool may_start() const;
    void start();
    void settle();
    [[nodiscard]] bool send(std::span<const Upload> group, std::string& reason);
    void accept(std::span<const Upload> group, const std::optional<imap::AppendUids>& uids);
    void send_again(std::span<const Upload> group);
    void send_halves(std::span<const Upload> group);

    imap::WriteSession& session_;
    std::string mailbox_;
    UidValidity uid_validity_;
    Hooks hooks_;
    std::deque<Upload> ready_;
    std::uint64_t ready_octets_ = 0;
    bool has_more_ = true;
    std::deque<Group> sent_;      // in flight
    std::vector<Group> refused_;  // to be sent again in parts
    std::optional<std::string> over_quota_;
};

}  // namespace mailkeep::sync
