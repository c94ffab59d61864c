// SPDX-License-Identifier: Apache-2.0
// What a restore is going to do, and what came of it: one object for the command, the API and the
// page. A dry run ends with the first, another run fills in the second.
#pragma once

#include "mailkeep/model/message.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// A message that does not go, and why.
struct Hindrance {
    ContentId message;
    std::string reason;
};

/// Where mail comes from.
struct SourceName {
    std::string account;
    std::string mailbox;  ///< UTF-8
};

/// One mailbox of the target.
struct MailboxRestore {
    std::string mailbox;  ///< wire name there
    std::string name;     ///< UTF-8
    std::vector<SourceName> sources;
    std::string remark;       ///< why it is not called what its source is; may be empty
    bool is_created = false;  ///< it is not there yet
    std::string role;         ///< with which it is made, as "\\Sent"; may be empty
    std::uint64_t to_append = 0;
    std::uint64_t octets = 0;  ///< of these
    std::uint64_t already_there = 0;
    std::uint64_t appended = 0;
    std::uint64_t sent_octets = 0;
    std::vector<Hindrance> hindrances;             ///< each message that does not go
    std::string problem;                           ///< why not all was tried; may be empty
    std::uint64_t unsent = 0;                      ///< messages that were not tried
    bool is_planned = false;                       ///< it was looked at
    std::map<std::string, std::uint64_t> altered;  ///< what becomes other than it was: messages
    std::uint64_t identical = 0;                   ///< read back; likewise the next
    std::uint64_t differing = 0;
};

struct RestoreReport {
    std::vector<MailboxRestore> mailboxes;      ///< in the order in which they are restored
    std::optional<std::uint64_t> free_octets;   ///< on the target (QUOTA), when it tells
    std::optional<std::uint64_t> append_limit;  ///< octets of a message, when it tells
    bool is_verified = false;                   ///< what was appended was read back
};

[[nodiscard]] std::uint64_t failed(const MailboxRestore& mailbox);

/// Whether it does not fit, as far as the server tells.
[[nodiscard]] bool exceeds_quota(const RestoreReport& report);

}  // namespace mailkeep::sync
