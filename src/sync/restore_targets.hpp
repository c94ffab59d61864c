// SPDX-License-Identifier: Apache-2.0
// Which mailbox of the target the mail of each mailbox goes to. Pure; the table stands in
// README.md.
#pragma once

#include "mailkeep/imap/types.hpp"
#include "mailkeep/model/ids.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

/// A mailbox of which mail is to be given back.
struct RestoreSource {
    AccountId account;
    std::string account_name;
    std::string mailbox;  ///< wire name
    std::string name;     ///< UTF-8
    char delimiter = 0;
    std::vector<std::string> attributes;
    bool is_below_inbox = false;  ///< so is every mailbox of its account but INBOX: a prefix
};

struct TargetServer {
    imap::Namespace personal;
    std::vector<imap::ListEntry> entries;
    std::optional<AccountId> account;  ///< whose server it is: names are its own already
    std::string prefix;                ///< UTF-8; everything goes below this mailbox
};

struct RestoreTarget {
    std::string mailbox;               ///< wire name
    std::vector<std::size_t> sources;  ///< places in what was given; ascending
    bool is_there = false;
    std::string remark;  ///< see MailboxRestore; likewise the next
    std::string role;
};

/// By the first of their sources; those whose names had to be changed come last.
[[nodiscard]] std::vector<RestoreTarget> plan_targets(std::span<const RestoreSource> sources,
                                                      const TargetServer& server);

/// A name that any server should take, for one that was refused: no quotes, wildcards or control
/// characters, nothing beyond U+FFFF, no blanks at the ends of a component. May be the same.
[[nodiscard]] std::string plain_mailbox_name(std::string_view wire, char delimiter);

}  // namespace mailkeep::sync
