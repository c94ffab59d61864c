// SPDX-License-Identifier: Apache-2.0
// Whether a message may go. Each stay in a mailbox speaks for itself, and one that keeps it is
// enough:
//
//   account   rule for the mailbox   on its server   time            says
//   removed   any                    any             any             keep
//   there     forever                any             any             keep
//   there     N                      yes             any             keep: it would only come again
//   there     N                      no              runs            keep
//   there     N                      no              over            let go, but not within 7 days
//                                                                    (or N, if that is less) after
//                                                                    it vanished by others' hand
//
// An account without a server has nothing "on its server". When all stays let go, a hold that
// covers any of them keeps the message all the same.
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/retention.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::sync {

namespace {

using namespace std::chrono;

/// When a stay lets go; nothing: not while things stand as they do.
struct Release {
    Timestamp by_rule{};
    Timestamp by_grace{};
    Expired reason;
};

/// "Ingest" is the first day in the account: moved to another mailbox, or listed anew under another
/// UIDVALIDITY, a message is no younger.
Timestamp start_of(const catalog::Stay& stay, const catalog::KeptMessage& message, KeepFrom from) {
    if (from == KeepFrom::internal_date && stay.internal_date != Timestamp{}) {
        return stay.internal_date;
    }
    auto first = stay.seen_at;
    for (const auto& other : message.stays) {
        if (other.account == stay.account) {
            first = std::min(first, other.seen_at);
        }
    }
    return first;
}

std::optional<Release> release_of(const catalog::Stay& stay, const catalog::KeptMessage& message,
                                  const AccountsById& accounts) {
    const auto account = accounts.find(stay.account);
    if (account == accounts.end()) {
        return std::nullopt;
    }
    const auto& policy = account->second.retention;
    const auto& rule = rule_for(policy, stay.mailbox);
    const auto start = start_of(stay, message, policy.from);
    const auto end = end_of(rule, start);
    if (!end || (has_server(account->second) && !stay.gone_at)) {
        return std::nullopt;
    }
    Release release{*end, *end,
                    Expired{message.content_id, stay.account, stay.mailbox,
                            fmt::format("{} from {}", to_text(rule), name_of(policy.from))}};
    if (stay.gone_at && !stay.deleted_by_us) {
        release.by_grace = *stay.gone_at + std::min<milliseconds>(grace, *end - start);
    }
    return release;
}

std::string first_hold(const catalog::KeptMessage& message,
                       std::span<const catalog::PlacedHold> holds) {
    for (const auto& [hold, placed_at] : holds) {
        for (const auto& stay : message.stays) {
            if (covers(hold, stay.account, stay.mailbox)) {
                return hold.name;
            }
        }
    }
    return {};
}

std::string days_text(milliseconds time) {
    return fmt::format("{} days", round<days>(time).count());
}

}  // namespace

RetentionVerdict plan_retention(const catalog::KeptMessage& message, const AccountsById& accounts,
                                std::span<const catalog::PlacedHold> holds, Timestamp now) {
    std::optional<Release> longest;
    bool is_waiting = false;
    for (const auto& stay : message.stays) {
        const auto release = release_of(stay, message, accounts);
        if (!release || release->by_rule > now) {
            return {};
        }
        is_waiting = is_waiting || release->by_grace > now;
        if (!longest || release->by_rule > longest->by_rule) {
            longest = release;
        }
    }
    if (!longest) {
        return {};
    }
    RetentionVerdict verdict{Fate::expired, longest->reason, first_hold(message, holds)};
    if (!verdict.hold.empty()) {
        verdict.fate = Fate::held;
    } else if (is_waiting) {
        verdict.fate = Fate::waiting;
    }
    return verdict;
}

/// Within one boot the other clock, which nobody sets, tells how far the wall clock may have gone.
/// Over a boot there is no such witness: only little time may have passed. A batch is no witness
/// for going forward, as its time came from the clock that is in question.
std::string plan_clock(const std::optional<catalog::ClockReading>& last,
                       std::optional<Timestamp> newest_batch, const catalog::ClockReading& now) {
    if (newest_batch && now.wall + clock_tolerance < *newest_batch) {
        return fmt::format("it is {} behind the newest batch of the archive",
                           days_text(*newest_batch - now.wall));
    }
    if (!last) {
        const bool is_near = !newest_batch || now.wall - *newest_batch <= clock_tolerance;
        return is_near ? ""
                       : fmt::format(
                             "it is {} ahead of the newest batch, and nothing else tells"
                             " the time",
                             days_text(now.wall - *newest_batch));
    }
    const bool same_boot = !now.boot.empty() && now.boot == last->boot;
    const milliseconds passed = same_boot ? now.uptime - last->uptime : milliseconds{0};
    const milliseconds off = (now.wall - last->wall) - passed;
    if (abs(off) <= clock_tolerance) {
        return {};
    }
    return fmt::format("it is {} {} what {} says", days_text(abs(off)),
                       off.count() > 0 ? "ahead of" : "behind",
                       same_boot ? "the time since the machine started" : "the last time noted");
}

std::string plan_trash(const catalog::TrashedFile& file, SecondCopy copy, Timestamp now) {
    if (now - file.since < grace) {
        return fmt::format("stays until {}", to_rfc3339(file.since + grace));
    }
    if (file.runs_since < runs_of_grace) {
        return fmt::format("stays until {} more runs have ended", runs_of_grace - file.runs_since);
    }
    return copy == SecondCopy::behind ? "stays until the replica has all packs" : "";
}

}  // namespace mailkeep::sync
