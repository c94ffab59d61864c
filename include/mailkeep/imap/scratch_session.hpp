// SPDX-License-Identifier: Apache-2.0
// The IMAP session of a restore drill: it makes a mailbox of its own, fills it, reads it back and
// removes it. It can remove no other, and write into no other.
#pragma once

#include "mailkeep/imap/read_session.hpp"
#include "mailkeep/imap/types.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::imap {

/// Takes over a logged-in ReadSession. Threads and errors as there.
class ScratchSession {
  public:
    explicit ScratchSession(ReadSession session);

    /// CREATE of "mailkeep-drill-" and 32 random digits, which no server has yet; one that says it
    /// is there already, or anything but OK, is Error{refused}. Once.
    void create();

    /// Its wire name; empty before create() and after remove().
    [[nodiscard]] const std::string& mailbox() const { return mailbox_; }

    // Requires: it was created.

    /// APPEND with the octets unchanged, as a synchronizing literal. Keywords that are no atoms are
    /// left out. Error{refused} for NO.
    void append(std::string_view raw, const Flags& flags, const InternalDate& date);

    /// All that stands in it now, and permanent_flags() of it. Returns how many messages the server
    /// lists and does not give.
    std::size_t fetch(const std::function<void(FetchedMessage&&)>& sink);

    /// PERMANENTFLAGS, once fetch() opened it, if the server tells them.
    [[nodiscard]] const std::optional<std::vector<std::string>>& permanent_flags() const {
        return permanent_flags_;
    }

    /// DELETE of exactly this mailbox.
    void remove();

    void logout() noexcept { session_.logout(); }

  private:
    ReadSession session_;
    std::string mailbox_;
    std::optional<std::vector<std::string>> permanent_flags_;
};

}  // namespace mailkeep::imap
