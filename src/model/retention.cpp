// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/model/retention.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/base/uri.hpp"

#include <algorithm>
#include <array>

namespace mailkeep {

namespace {

constexpr std::array<std::string_view, 2> keep_from_names{"ingest", "internal-date"};

constexpr std::uint64_t most_days = 36'600;
constexpr std::uint64_t most_years = 100;

/// A name may look like a pattern and not match itself: "[Gmail]/All Mail".
bool takes(const std::string& pattern, std::string_view mailbox) {
    return pattern == mailbox || matches_glob(pattern, std::string(mailbox));
}

}  // namespace

std::optional<KeepRule> parse_keep_rule(std::string_view text) {
    if (text == "forever") {
        return KeepRule{};
    }
    if (text.empty()) {
        return std::nullopt;
    }
    const auto count = parse_number(text.substr(0, text.size() - 1));
    const bool is_years = text.back() == 'y';
    if (!count || (!is_years && text.back() != 'd') ||
        *count > (is_years ? most_years : most_days)) {
        return std::nullopt;
    }
    return KeepRule{is_years ? KeepRule::Unit::years : KeepRule::Unit::days,
                    static_cast<int>(*count)};
}

KeepRule keep_rule_from_text(std::string_view text) {
    const auto rule = parse_keep_rule(text);
    if (!rule) {
        throw Error(Errc::invalid,
                    "\"" + std::string(text) + "\" does not say how long mail is kept",
                    "Write forever, a number of days such as 30d, or of years such as 7y.");
    }
    return *rule;
}

std::string to_text(const KeepRule& rule) {
    switch (rule.unit) {
        case KeepRule::Unit::forever:
            return "forever";
        case KeepRule::Unit::days:
            return std::to_string(rule.count) + "d";
        case KeepRule::Unit::years:
            return std::to_string(rule.count) + "y";
    }
    return "forever";
}

std::optional<Timestamp> end_of(const KeepRule& rule, Timestamp start) {
    using namespace std::chrono;
    switch (rule.unit) {
        case KeepRule::Unit::forever:
            return std::nullopt;
        case KeepRule::Unit::days:
            return start + days{rule.count};
        case KeepRule::Unit::years: {
            const auto day = floor<days>(start);
            const auto date = year_month_day{day} + years{rule.count};
            const sys_days end = date.ok() ? sys_days{date} : sys_days{date.year() / March / 1};
            return end + (start - day);
        }
    }
    return std::nullopt;
}

std::string_view name_of(KeepFrom from) {
    return keep_from_names.at(static_cast<std::size_t>(from));
}

std::optional<KeepFrom> keep_from_named(std::string_view name) {
    const auto* const found = std::find(keep_from_names.begin(), keep_from_names.end(), name);
    return found == keep_from_names.end()
               ? std::nullopt
               : std::optional(static_cast<KeepFrom>(found - keep_from_names.begin()));
}

std::optional<MailboxRule> parse_mailbox_rule(std::string_view text) {
    const auto equals = text.rfind('=');
    if (equals == std::string_view::npos || equals == 0) {
        return std::nullopt;
    }
    const auto pattern = text.substr(0, equals);
    const auto rule = parse_keep_rule(text.substr(equals + 1));
    if (!rule || pattern.find('\n') != std::string_view::npos) {
        return std::nullopt;
    }
    return MailboxRule{std::string(pattern), *rule};
}

MailboxRule mailbox_rule_from_text(std::string_view text) {
    auto rule = parse_mailbox_rule(text);
    if (!rule) {
        throw Error(Errc::invalid,
                    "\"" + std::string(text) + "\" does not say how long a mailbox's mail is kept",
                    "Write PATTERN=RULE, for example Trash*=30d or Contracts=forever.");
    }
    return *std::move(rule);
}

std::string to_text(const MailboxRule& rule) {
    return rule.pattern + "=" + to_text(rule.keep);
}

const KeepRule& rule_for(const RetentionPolicy& policy, std::string_view mailbox) {
    for (const auto& rule : policy.mailboxes) {
        if (takes(rule.pattern, mailbox)) {
            return rule.keep;
        }
    }
    return policy.keep;
}

bool keeps_forever(const RetentionPolicy& policy) {
    const auto is_forever = [](const KeepRule& rule) {
        return rule.unit == KeepRule::Unit::forever;
    };
    return is_forever(policy.keep) &&
           std::all_of(policy.mailboxes.begin(), policy.mailboxes.end(),
                       [&](const MailboxRule& rule) { return is_forever(rule.keep); });
}

bool covers(const Hold& hold, AccountId account, std::string_view mailbox) {
    return (!hold.account || hold.account == account) &&
           (hold.mailbox.empty() || takes(hold.mailbox, mailbox));
}

}  // namespace mailkeep
