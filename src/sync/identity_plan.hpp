// SPDX-License-Identifier: Apache-2.0
// Which messages that appear in a mailbox are known already: pure functions, no I/O. What is
// believed, and why, stands in README.md.
#pragma once

#include "mailkeep/model/message.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

/// A message that appeared, as its server tells of it.
struct Arrival {
    Uid uid = 0;
    std::uint64_t size = 0;  ///< RFC822.SIZE; 0: not told
    std::optional<Timestamp> internal_date = {};
    std::string object_id = {};  ///< what the server calls its octets; empty: nothing
    bool is_draft = false;
    std::optional<Digest> head = {};  ///< see head_of; nothing: not asked for, or no proof
};

/// A message the archive holds for the account.
struct Archived {
    ContentId content_id;
    std::uint64_t size = 0;
    Timestamp internal_date{};
    std::string object_id = {};
    std::optional<Digest> head = {};
};

struct Match {
    Uid uid = 0;
    ContentId content_id;

    friend bool operator==(const Match&, const Match&) = default;
};

/// What is in neither list is fetched.
struct IdentityPlan {
    std::vector<Match> proven;  ///< by what the server calls it
    std::vector<Uid> likely;    ///< the header tells
};

/// The digest of a header with its empty line, from the octets of a message or of the header alone.
/// Nothing when it has no end or no Message-ID: then it proves nothing.
[[nodiscard]] std::optional<Digest> head_of(std::string_view octets);

[[nodiscard]] IdentityPlan plan_identity(std::span<const Arrival> arrivals,
                                         std::span<const Archived> archived);

/// What is proven once the headers of both sides are known. In the order of the arrivals.
[[nodiscard]] std::vector<Match> match_heads(std::span<const Arrival> arrivals,
                                             std::span<const Archived> archived);

/// What is fetched whole to see whether the server's word can be taken: one in a hundred, at least
/// 3, at most 50.
[[nodiscard]] std::vector<Match> plan_spot_checks(std::span<const Match> matches);

/// Whether so few are told apart more cheaply by fetching them.
[[nodiscard]] bool is_cheaper_to_fetch(std::size_t likely);

/// A mailbox by its numbers; messages ascending by UID.
struct MailboxTrace {
    UidValidity uid_validity = 0;  ///< 0: not told
    Uid uid_next = 0;
    std::vector<Arrival> messages;
    std::string object_id = {};  ///< MAILBOXID; empty: not told
};

/// Whether the listed mailbox is the known one under another name.
[[nodiscard]] bool is_renamed(const MailboxTrace& known, const MailboxTrace& listed);

}  // namespace mailkeep::sync
