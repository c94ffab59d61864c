// SPDX-License-Identifier: Apache-2.0
#include "recognition.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/mail/summary.hpp"

#include "large_mail.hpp"
#include "upload.hpp"

#include <algorithm>

namespace mailkeep::sync {

namespace {

/// By which the size of one message differs between servers: line ends at its end.
constexpr std::uint64_t line_ends_slack = 4;

/// Where bare line feeds became CRLF, or a server counts line ends in its own way.
std::uint64_t loose_slack(std::uint64_t size) {
    return size / 16 + 64;
}

const ContentId& content_of(const RestoreItem* item) {
    return item->message.content_id;
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
    return a > b ? a - b : b - a;
}

}  // namespace

bool may_be_size(std::uint64_t told, std::uint64_t size) {
    return distance(told, size) <= loose_slack(std::max(told, size));
}

Recognition::Recognition(imap::ReadSession& session, const archive::Archive& archive,
                         std::span<const RestoreItem> wanted, const KnownThere& known)
    : session_(session), archive_(archive), known_(known) {
    by_content_.reserve(wanted.size());
    for (const auto& item : wanted) {
        by_content_.push_back(&item);
    }
    std::ranges::stable_sort(by_content_, {}, content_of);
    const auto copies = std::ranges::unique(by_content_, {}, content_of);
    by_content_.erase(copies.begin(), copies.end());
    by_message_id_ = by_content_;
    std::ranges::sort(by_message_id_, {}, &RestoreItem::message_id);
    for (const auto* item : by_content_) {
        sizes_.push_back(item->message.size);
    }
    std::ranges::sort(sizes_);
}

const RestoreItem* Recognition::wanted_with(const ContentId& content_id) const {
    const auto found = std::ranges::lower_bound(by_content_, content_id, {}, content_of);
    const bool is_wanted = found != by_content_.end() && content_of(*found) == content_id;
    return is_wanted ? *found : nullptr;
}

std::span<const RestoreItem* const> Recognition::wanted_called(std::string_view message_id) const {
    return std::ranges::equal_range(by_message_id_, message_id, {}, &RestoreItem::message_id);
}

std::vector<ContentId> Recognition::present() {
    std::map<Uid, UidFlags> unknown;
    for (auto& message : session_.fetch_flags()) {
        if (!recognise_by_record(message) && may_be_wanted(message)) {
            unknown.emplace(message.uid, std::move(message));
        }
    }
    ask_message_ids(unknown);
    settle_doubts();
    return std::move(present_);
}

/// A server may give a UID to another message, or have told a wrong one: so the size has to agree.
bool Recognition::recognise_by_record(const UidFlags& message) {
    const auto record = known_.uids.find(message.uid);
    if (record == known_.uids.end()) {
        return false;
    }
    const auto* item = wanted_with(record->second);
    if (item == nullptr) {
        return true;  // nothing that is wanted
    }
    if (!may_be_size(message.size, item->message.size)) {
        return false;
    }
    present_.push_back(record->second);
    return true;
}

bool Recognition::may_be_wanted(const UidFlags& message) const {
    if (!known_.sent.empty()) {
        return true;
    }
    const auto slack = loose_slack(message.size);
    const auto next =
        std::ranges::lower_bound(sizes_, message.size - std::min(slack, message.size));
    return next != sizes_.end() && *next <= message.size + slack;
}

void Recognition::ask_message_ids(const std::map<Uid, UidFlags>& unknown) {
    UidSet uids;
    for (const auto& [uid, message] : unknown) {
        uids.add(uid);
    }
    if (uids.empty()) {
        return;
    }
    session_.fetch_message_ids(uids, [&](Uid uid, std::string&& header) {
        judge(unknown.at(uid), mail::summarize_header({}, header).message_id);
    });
}

// What was sent and never acknowledged is found by its Message-ID alone: the server may have
// changed it.
void Recognition::judge(const UidFlags& message, const std::string& message_id) {
    Doubt doubt{message, {}};
    const RestoreItem* same = nullptr;
    std::size_t alike = 0;
    for (const auto* item : wanted_called(message_id)) {
        const auto difference = distance(item->message.size, message.size);
        const bool was_sent = known_.sent.contains(item->message.content_id);
        if (!message_id.empty() && (difference <= line_ends_slack || was_sent)) {
            same = item;
            ++alike;
        }
        if (was_sent || may_be_size(message.size, item->message.size)) {
            doubt.candidates.push_back(item);
        }
    }
    if (alike == 1) {
        present_.push_back(same->message.content_id);
    } else if (!doubt.candidates.empty()) {
        doubts_.emplace(message.uid, std::move(doubt));
    }
}

void Recognition::settle_doubts() {
    std::vector<UidFlags> wanted;
    for (const auto& [uid, doubt] : doubts_) {
        wanted.push_back(doubt.message);
    }
    if (wanted.empty()) {
        return;
    }
    static_cast<void>(session_.fetch_raw(
        wanted, {},
        [&](imap::FetchedMessage&& fetched) {
            const auto doubt = doubts_.find(fetched.uid);
            const auto same =
                doubt == doubts_.end() ? std::nullopt : same_octets(doubt->second, fetched);
            if (same) {
                present_.push_back(*same);
            }
        },
        LargeMail(archive_).unnamed()));
}

std::optional<ContentId> Recognition::same_octets(const Doubt& doubt,
                                                  const imap::FetchedMessage& fetched) {
    const auto digest = canonical_of(fetched);
    for (const auto* item : doubt.candidates) {
        const auto& forms = forms_of(*item);
        if (std::find(forms.begin(), forms.end(), digest) != forms.end()) {
            return item->message.content_id;
        }
    }
    return std::nullopt;
}

/// Canonical digests of the message as it is and as a restore may have altered it; none when the
/// archive cannot give it.
const std::vector<ContentId>& Recognition::forms_of(const RestoreItem& item) {
    const auto [known, is_new] = forms_.try_emplace(item.message.content_id);
    auto& forms = known->second;
    if (!is_new) {
        return forms;
    }
    try {
        forms.push_back(canonical_digest(make_upload(archive_, item, 0, Octets::as_they_are)));
        const auto altered = make_upload(archive_, item, 0, Octets::altered);
        if (altered.is_altered) {
            forms.push_back(canonical_digest(altered));
        }
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
            throw;
        }
    }
    return forms;
}

}  // namespace mailkeep::sync
