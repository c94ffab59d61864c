// SPDX-License-Identifier: Apache-2.0
// Labels of Google Takeout as Gmail shows them over IMAP: mailboxes, flags, X-GM-LABELS. Pure.
#pragma once

#include "mailkeep/model/flags.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::files {

struct GmailPlaces {
    Flags flags;                         ///< with labels
    std::vector<std::string> mailboxes;  ///< UTF-8, "/" between components; "[Gmail]/All Mail" too
};

/// "Inbox,Opened,Work/Plans" after RFC 2047 was decoded. System labels may be in English, French,
/// German or Spanish. Unread and Opened are \Seen or its absence, Starred is \Flagged; categories
/// stay labels, for IMAP shows none.
[[nodiscard]] GmailPlaces gmail_places(std::string_view labels);

}  // namespace mailkeep::files
