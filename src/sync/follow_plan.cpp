// SPDX-License-Identifier: Apache-2.0
// How a mailbox is followed. The truth tables stand in README.md.
#include "mailkeep/sync/plan.hpp"

#include <algorithm>
#include <iterator>

namespace mailkeep::sync {

namespace {

constexpr std::chrono::hours full_with_mod_seqs{7 * 24};
constexpr std::chrono::hours full_without{6};
constexpr std::size_t newest_messages = 2000;
constexpr std::uint32_t yahoo_view = 10'000;
constexpr std::uint64_t small_loss = 50;
constexpr std::uint64_t great_part = 5;  // a fifth

bool is_full_due(const MailboxCursor& cursor, Timestamp now) {
    const auto patience = cursor.mod_seq ? full_with_mod_seqs : full_without;
    return now < cursor.full_at || now - cursor.full_at >= patience;
}

/// Flags can change without any other number: without a mod-sequence nothing is ever unchanged.
bool is_unchanged(const MailboxCursor& cursor, const imap::MailboxStatus& status) {
    return cursor.mod_seq && status.mod_seq == cursor.mod_seq &&
           status.uid_validity == cursor.uid_validity && status.uid_next == cursor.uid_next &&
           status.messages == cursor.messages;
}

bool is_before(const UidFlags& a, const UidFlags& b) {
    return a.uid < b.uid;
}

/// Adds the UIDs the messages lack, without flags.
void add_missing(std::vector<UidFlags>& messages, const UidSet& uids) {
    UidSet present;
    for (const auto& message : messages) {
        present.add(message.uid);
    }
    const auto missing = (uids - present).to_vector();
    const auto middle = static_cast<std::ptrdiff_t>(messages.size());
    for (const auto uid : missing) {
        messages.push_back({uid, {}, 0});
    }
    std::inplace_merge(messages.begin(), messages.begin() + middle, messages.end(), is_before);
}

}  // namespace

Pass plan_pass(const std::optional<MailboxCursor>& cursor,
               const std::optional<imap::MailboxStatus>& status, bool has_quarantine,
               const Abilities& abilities, Timestamp now) {
    if (!cursor || is_full_due(*cursor, now)) {
        return Pass::full;
    }
    if (status && is_unchanged(*cursor, *status) && !has_quarantine) {
        return Pass::none;
    }
    if (!cursor->mod_seq || !abilities.has_mod_seqs) {
        return Pass::newest;
    }
    return abilities.resyncs ? Pass::resync : Pass::changes;
}

Pass plan_opened_pass(Pass pass, const std::optional<MailboxCursor>& cursor,
                      const imap::SelectData& opened) {
    if (pass == Pass::full || opened.uid_validity != cursor->uid_validity) {
        return Pass::full;
    }
    return opened.mod_seq ? pass : Pass::newest;
}

Uid plan_first_listed(const MirrorState& known, const MailboxCursor& cursor) {
    const auto count = known.messages.size();
    return count <= newest_messages
               ? 1
               : std::min(known.messages[count - newest_messages].uid, cursor.uid_next);
}

// A search has the last word on what there is; flags are what was told of them, else what is known.
ServerView view_after(const MirrorState& known, const UidSet& quarantined, const Delta& delta) {
    auto messages = known.messages;
    add_missing(messages, quarantined);
    std::erase_if(messages, [&](const UidFlags& message) {
        return delta.found
                   ? !delta.found->contains(message.uid)
                   : message.uid >= delta.first_listed || delta.vanished.contains(message.uid);
    });
    for (const auto& message : delta.changed) {
        const auto place = std::lower_bound(messages.begin(), messages.end(), message, is_before);
        if (place != messages.end() && place->uid == message.uid) {
            place->flags = message.flags;
        }
    }
    ServerView view{known.uid_validity, {}};
    std::set_union(delta.listed.begin(), delta.listed.end(), messages.begin(), messages.end(),
                   std::back_inserter(view.messages), is_before);
    return delta.found ? with_found(std::move(view), *delta.found) : view;
}

ServerView with_found(ServerView view, const UidSet& found) {
    add_missing(view.messages, found);
    return view;
}

bool adds_up(const ServerView& view, const imap::SelectData& opened) {
    const auto end = opened.uid_next
                         ? std::lower_bound(view.messages.begin(), view.messages.end(),
                                            UidFlags{*opened.uid_next, {}, 0}, is_before)
                         : view.messages.end();
    return static_cast<std::uint64_t>(end - view.messages.begin()) == opened.exists;
}

bool believes_vanishing(const ServerView& view, const imap::SelectData& opened) {
    return view.messages.size() >= opened.exists && opened.exists != yahoo_view;
}

bool needs_a_look(std::uint64_t lost, std::uint64_t held, const std::optional<Loss>& accepted) {
    const bool is_great = lost > small_loss && lost * great_part > held;
    const bool is_accepted =
        accepted && accepted->accepted_at && lost <= accepted->lost + small_loss;
    return is_great && !is_accepted;
}

}  // namespace mailkeep::sync
