// SPDX-License-Identifier: Apache-2.0
#include "restore_desk.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::sync {

RestoreDesk::RestoreDesk(const std::string& target, const RestoreRequest& request,
                         const catalog::Catalog& catalog, Ingest& ingest, Progress& progress,
                         const std::stop_token& stop,
                         std::function<imap::WriteSession()> open_session)
    : target_(target),
      request_(request),
      catalog_(catalog),
      ingest_(ingest),
      archive_(ingest.keeper().archive()),
      progress_(progress),
      stop_(stop),
      open_session_(std::move(open_session)) {
    for (const auto& message : catalog.damaged()) {
        damaged_.insert(mark_of(message.content_id));
    }
}

void RestoreDesk::require_going_on() const {
    if (stop_.stop_requested()) {
        throw Error(Errc::cancelled, "cancelled");
    }
}

std::vector<RestoreSource> RestoreDesk::sources() {
    const std::lock_guard lock(mutex_);
    std::vector<RestoreSource> sources;
    for (auto& mailbox :
         catalog_.selected_mailboxes(request_.selection, ingest_.keeper().clock().now())) {
        const auto row = catalog_.mailbox(mailbox.account, mailbox.mailbox);
        sources.push_back({mailbox.account, std::move(mailbox.account_name),
                           std::move(mailbox.mailbox), std::move(mailbox.name), mailbox.delimiter,
                           row ? row->attributes : std::vector<std::string>(),
                           is_below_inbox(mailbox.account)});
    }
    return sources;
}

/// Courier, and Cyrus without its alternative namespace, have all mailboxes there; where it is only
/// how a person sorts mail, some mailbox stands beside.
bool RestoreDesk::is_below_inbox(AccountId account) const {
    bool has_some = false;
    for (const auto& mailbox : catalog_.mailbox_names(account)) {
        if (imap::is_inbox(mailbox.mailbox)) {
            continue;
        }
        constexpr std::string_view inbox = "INBOX";
        const bool is_below =
            starts_with_ignoring_case(mailbox.mailbox, inbox) &&
            std::string_view("./\\").find(mailbox.mailbox[inbox.size()]) != std::string_view::npos;
        if (!is_below) {
            return false;
        }
        has_some = true;
    }
    return has_some;
}

std::optional<AccountId> RestoreDesk::account_there() {
    const std::lock_guard lock(mutex_);
    for (const auto& account : catalog_.accounts()) {
        if (account.server.protocol == Protocol::imap && to_url(account.server) == target_) {
            return account.id;
        }
    }
    return std::nullopt;
}

std::vector<WantedMessage> RestoreDesk::wanted(std::span<const RestoreSource> sources) {
    const std::lock_guard lock(mutex_);
    std::vector<WantedMessage> wanted;
    for (const auto& source : sources) {
        auto selection = request_.selection;
        selection.account = source.account;
        selection.mailboxes = {source.name};
        catalog_.for_each_placement(
            selection, ingest_.keeper().clock().now(), [&](const Placement& placement) {
                if (placement.mailbox_raw == source.mailbox) {
                    wanted.push_back({placement.id, mark_of(placement.message.content_id),
                                      mark_of(placement.message_id), placement.message.size});
                }
            });
    }
    return wanted;
}

RestoreItem RestoreDesk::item(const WantedMessage& wanted) {
    const std::lock_guard lock(mutex_);
    return find(wanted);
}

std::map<Place, RestoreItem> RestoreDesk::items(std::span<const WantedMessage> wanted,
                                                std::span<const Place> places) {
    const std::lock_guard lock(mutex_);
    std::map<Place, RestoreItem> items;
    catalog_.at_one_moment([&] {
        for (const auto place : places) {
            items.emplace_hint(items.end(), place, find(wanted[place]));
        }
    });
    return items;
}

RestoreItem RestoreDesk::find(const WantedMessage& wanted) const {
    auto placement = catalog_.placement(wanted.placement, request_.selection.as_of);
    if (!placement) {
        throw Error(Errc::conflict, "a message was removed from the archive meanwhile",
                    "Restore again: it goes on where it was.");
    }
    return {std::move(placement->message), std::move(placement->message_id),
            placement->internal_date, std::move(placement->flags)};
}

/// Of one UID the last record counts, and before it what a backup has seen.
KnownThere RestoreDesk::known_there(const std::string& mailbox, UidValidity uid_validity,
                                    const WantedIndex& wanted) {
    const std::lock_guard lock(mutex_);
    ingest_.flush();  // an attempt before may have ended in the middle
    KnownThere known;
    const auto note = [&](Uid uid, const ContentId& message) {
        known.uids.push_back({uid, wanted.with(mark_of(message))});
    };
    if (uid_validity != 0) {
        add_mirrored(mailbox, uid_validity, note);
    }
    std::vector<std::int32_t> sent(wanted.messages().size());
    catalog_.for_each_restored(target_, mailbox,
                               [&](UidValidity validity, Uid uid, const ContentId& message) {
                                   if (uid != 0 && validity == uid_validity) {
                                       note(uid, message);
                                   }
                                   if (const auto place = wanted.with(mark_of(message))) {
                                       sent[*place] += uid == 0 ? 1 : -1;
                                   }
                               });
    std::ranges::reverse(known.uids);
    std::ranges::stable_sort(known.uids, {}, &KnownUid::uid);
    const auto older = std::ranges::unique(known.uids, {}, &KnownUid::uid);
    known.uids.erase(older.begin(), older.end());
    for (Place place = 0; place < sent.size(); ++place) {
        if (sent[place] > 0) {
            known.sent.push_back(place);
        }
    }
    return known;
}

/// What a backup of the same server has seen there.
void RestoreDesk::add_mirrored(const std::string& mailbox, UidValidity uid_validity,
                               const std::function<void(Uid, const ContentId&)>& sink) const {
    for (const auto& account : catalog_.accounts()) {
        if (account.server.protocol != Protocol::imap || to_url(account.server) != target_) {
            continue;
        }
        catalog::Selection all;
        all.account = account.id;
        all.mailboxes = {imap::display_mailbox_name(mailbox)};
        catalog_.for_each_placement(
            all, ingest_.keeper().clock().now(), [&](const Placement& placement) {
                if (placement.mailbox_raw == mailbox && placement.uid_validity == uid_validity) {
                    sink(placement.uid, placement.message.content_id);
                }
            });
    }
}

void RestoreDesk::note_sent(const std::string& mailbox, std::span<const ContentId> messages) {
    const std::lock_guard lock(mutex_);
    for (const auto& message : messages) {
        ingest_.note(Restored{target_, mailbox, 0, 0, message});
    }
    ingest_.secure();
}

void RestoreDesk::note_arrived(const std::string& mailbox, UidValidity uid_validity,
                               const std::map<Uid, ContentId>& messages) {
    const std::lock_guard lock(mutex_);
    for (const auto& [uid, message] : messages) {
        ingest_.note(Restored{target_, mailbox, uid_validity, uid, message});
    }
    ingest_.flush();
}

void RestoreDesk::suspect(const std::string& mailbox, const ContentMark& message) {
    const std::lock_guard lock(mutex_);
    suspects_.emplace(mailbox, message);
}

void RestoreDesk::clear(const std::string& mailbox, const ContentMark& message) {
    const std::lock_guard lock(mutex_);
    suspects_.erase({mailbox, message});
}

bool RestoreDesk::give_up_suspects(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    const auto suspects = std::exchange(suspects_, {});
    for (const auto& suspect : suspects) {
        given_up_.emplace(suspect, reason);
    }
    return !suspects.empty();
}

std::optional<std::string> RestoreDesk::given_up(const std::string& mailbox,
                                                 const ContentMark& message) {
    const std::lock_guard lock(mutex_);
    const auto found = given_up_.find({mailbox, message});
    return found == given_up_.end() ? std::nullopt : std::optional(found->second);
}

void RestoreDesk::allow_sessions(std::size_t count) {
    const std::lock_guard lock(mutex_);
    free_sessions_ = count;
}

bool RestoreDesk::take_session() {
    const std::lock_guard lock(mutex_);
    if (free_sessions_ == 0) {
        return false;
    }
    --free_sessions_;
    return true;
}

void RestoreDesk::return_session() {
    const std::lock_guard lock(mutex_);
    ++free_sessions_;
}

}  // namespace mailkeep::sync
