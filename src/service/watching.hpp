// SPDX-License-Identifier: Apache-2.0
// One session that follows mailboxes.
#pragma once

#include "mailkeep/imap/read_session.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace mailkeep::service {

/// What comes of it. Each may throw to end it.
struct WatchEvents {
    /// The mailboxes are followed from now on; the text says what is not as it could be.
    std::function<void(const std::string& shortcoming)> began;
    /// There is something to see. Also called for what may have come before.
    std::function<void()> changed;
    std::function<void(std::chrono::milliseconds)> pause;
};

/// Follows them by NOTIFY when there are several and the server can, else the first by IDLE, else
/// the first by NOOP every half minute: also when IDLE turns out to tell nothing. A line that is
/// silent is tried out every five minutes. Ends with an Error only. Requires: at least one mailbox.
[[noreturn]] void watch_mailboxes(imap::ReadSession& session,
                                  const std::vector<std::string>& mailboxes,
                                  const WatchEvents& events);

}  // namespace mailkeep::service
