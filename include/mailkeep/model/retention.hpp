// SPDX-License-Identifier: Apache-2.0
// How long mail is kept in the archive, and what holds it there beyond that. Nothing here ever
// looks at a Date field: its sender wrote it.
#pragma once

#include "mailkeep/base/time.hpp"
#include "mailkeep/model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep {

struct KeepRule {
    enum class Unit { forever, days, years };
    Unit unit = Unit::forever;
    int count = 0;  ///< of days or years; 0 is as soon as nothing else keeps it

    friend bool operator==(const KeepRule&, const KeepRule&) = default;
};

/// "forever", "30d", "7y"; nothing for other texts. Years are those of the calendar.
[[nodiscard]] std::optional<KeepRule> parse_keep_rule(std::string_view text);
/// The same; throws Error{invalid}.
[[nodiscard]] KeepRule keep_rule_from_text(std::string_view text);
[[nodiscard]] std::string to_text(const KeepRule& rule);

/// When the rule lets go of what counts from `start`; nothing: never. A year that begins on 29
/// February ends on 1 March where there is no such day.
[[nodiscard]] std::optional<Timestamp> end_of(const KeepRule& rule, Timestamp start);

/// What the time counts from: the day the account first brought the message in, or INTERNALDATE.
enum class KeepFrom { ingest, internal_date };

/// "ingest", "internal-date".
[[nodiscard]] std::string_view name_of(KeepFrom from);
[[nodiscard]] std::optional<KeepFrom> keep_from_named(std::string_view name);

/// Another rule for the mailboxes that a pattern takes: the name itself, or one with * and ?.
struct MailboxRule {
    std::string pattern;
    KeepRule keep;

    friend bool operator==(const MailboxRule&, const MailboxRule&) = default;
};

/// "Trash*=30d": up to the last equals sign it is the pattern.
[[nodiscard]] std::optional<MailboxRule> parse_mailbox_rule(std::string_view text);
/// The same; throws Error{invalid}.
[[nodiscard]] MailboxRule mailbox_rule_from_text(std::string_view text);
[[nodiscard]] std::string to_text(const MailboxRule& rule);

struct RetentionPolicy {
    KeepRule keep;
    KeepFrom from = KeepFrom::ingest;
    std::vector<MailboxRule> mailboxes;  ///< the first that matches counts

    friend bool operator==(const RetentionPolicy&, const RetentionPolicy&) = default;
};

/// The rule for a mailbox (UTF-8 name).
[[nodiscard]] const KeepRule& rule_for(const RetentionPolicy& policy, std::string_view mailbox);
/// Whether no mailbox of the account ever lets go of anything.
[[nodiscard]] bool keeps_forever(const RetentionPolicy& policy);

/// A legal hold: what it covers does not expire, whatever any rule says.
struct Hold {
    std::string name;
    AccountId account;    ///< none: every account
    std::string mailbox;  ///< name or pattern, UTF-8; empty: every mailbox
    std::string reason;

    friend bool operator==(const Hold&, const Hold&) = default;
};

[[nodiscard]] bool covers(const Hold& hold, AccountId account, std::string_view mailbox);

}  // namespace mailkeep
