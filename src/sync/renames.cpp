// SPDX-License-Identifier: Apache-2.0
#include "renames.hpp"

#include "identify.hpp"

#include <algorithm>
#include <limits>

namespace mailkeep::sync {

namespace {

/// Where no UIDNEXT is told (Courier), nothing speaks against the mailbox.
constexpr Uid no_limit = std::numeric_limits<Uid>::max();

/// Some of them, if they are many.
std::vector<CollectedMessage> spread(std::vector<CollectedMessage> messages) {
    constexpr std::size_t most = 1000;
    const std::size_t step = (messages.size() + most - 1) / most;
    std::vector<CollectedMessage> some;
    for (std::size_t i = 0; i < messages.size(); i += step) {
        some.push_back(std::move(messages[i]));
    }
    return some;
}

}  // namespace

Renames::Renames(imap::ReadSession& session, const Account& account,
                 const catalog::Catalog& catalog, std::vector<catalog::MailboxName>& known,
                 const std::vector<imap::ListEntry>& listed)
    : session_(session), account_(account), catalog_(catalog), known_(known) {
    const auto is_listed = [&](const catalog::MailboxName& mailbox) {
        return std::any_of(listed.begin(), listed.end(), [&](const auto& entry) {
            return entry.is_selectable() && entry.mailbox == mailbox.mailbox;
        });
    };
    for (auto& mailbox : known) {
        if (!mailbox.is_gone && !is_listed(mailbox)) {
            missing_.push_back(&mailbox);
        }
    }
}

bool Renames::may_be_renamed(const imap::ListEntry& entry) const {
    const UidValidity told = entry.status ? entry.status->uid_validity.value_or(0) : 0;
    const bool is_known = std::any_of(known_.begin(), known_.end(), [&](const auto& mailbox) {
        return mailbox.mailbox == entry.mailbox;
    });
    return !is_known && std::any_of(missing_.begin(), missing_.end(), [&](const auto* mailbox) {
        return told == 0 || mailbox->uid_validity == told || !mailbox->object_id.empty();
    });
}

catalog::MailboxName* Renames::find(const imap::ListEntry& entry) {
    const auto opened = session_.examine(entry.mailbox);
    const auto found = std::find_if(missing_.begin(), missing_.end(),
                                    [&](const auto* mailbox) { return is_now(*mailbox, opened); });
    if (found == missing_.end()) {
        return nullptr;
    }
    auto* const mailbox = *found;
    missing_.erase(found);
    return mailbox;
}

bool Renames::is_now(const catalog::MailboxName& mailbox, const imap::SelectData& opened) {
    const bool is_promised = !opened.object_id.empty() && mailbox.object_id == opened.object_id;
    if (mailbox.uid_validity != opened.uid_validity) {
        return is_promised;  // its messages are known by no UID then
    }
    auto held = catalog_.collected(account_.id, mailbox.mailbox);
    if (held.empty() || opened.exists == 0) {
        return is_promised;
    }
    MailboxTrace known{mailbox.uid_validity, held.back().uid + 1, {}, mailbox.object_id};
    held = spread(std::move(held));
    std::vector<Match> matches;
    UidSet uids;
    for (const auto& message : held) {
        known.messages.push_back(
            {.uid = message.uid, .size = message.size, .internal_date = message.internal_date});
        uids.add(message.uid);
    }
    MailboxTrace listed{
        opened.uid_validity, opened.uid_next.value_or(no_limit), {}, opened.object_id};
    UidSet told;
    for (const auto& [uid, size, date, object_id] : session_.fetch_identities(uids)) {
        listed.messages.push_back({.uid = uid, .size = size});
        if (date) {
            listed.messages.back().internal_date = date->at;
        }
        told.add(uid);
    }
    std::sort(listed.messages.begin(), listed.messages.end(),
              [](const Arrival& a, const Arrival& b) { return a.uid < b.uid; });
    for (const auto& message : held) {
        if (told.contains(message.uid)) {
            matches.push_back({message.uid, message.content_id});
        }
    }
    return is_renamed(known, listed) && spot_checks_agree(session_, plan_spot_checks(matches));
}

}  // namespace mailkeep::sync
