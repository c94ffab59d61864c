// SPDX-License-Identifier: Apache-2.0
#include "shipment.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include <fmt/format.h>

#include <utility>

namespace mailkeep::sync {

namespace {

/// Sent before it is looked at what arrived: to look costs some round trips.
constexpr std::size_t checked_together = 5000;

}  // namespace

std::vector<std::string> changes_of(const RestoreItem& item, const imap::SelectData& selected,
                                    const TargetLimits& limits) {
    std::vector<std::string> changes;
    for (const auto& flag : imap::kept_flags(item.flags, selected.permanent_flags).dropped) {
        changes.push_back("without " + flag + ", which the server does not keep");
    }
    if (item.internal_date.at < Timestamp{}) {
        changes.emplace_back("with 1970-01-01 in place of a date before it");
    }
    if (!item.flags.labels.empty() && !limits.has_labels) {
        changes.emplace_back("without labels, which the server does not have");
    }
    return changes;
}

Shipment::Shipment(RestoreDesk& desk, imap::WriteSession& session, const imap::SelectData& selected,
                   const TargetLimits& limits, std::span<const WantedMessage> wanted,
                   Ledger& ledger)
    : desk_(desk),
      session_(session),
      selected_(selected),
      limits_(limits),
      wanted_(wanted),
      ledger_(ledger),
      mailbox_(ledger.report.mailbox) {}

void Shipment::run(const NextPart& next_part) {
    next_part_ = next_part;
    while (has_more_) {
        begun_ = 0;
        Dispatch dispatch(session_, mailbox_, selected_.uid_validity, hooks());
        dispatch.run();
        check();
        items_.clear();
        if (dispatch.over_quota()) {
            const std::lock_guard lock(ledger_.mutex);
            ledger_.is_over = true;
            ledger_.report.problem = "the target is full: " + *dispatch.over_quota();
            return;
        }
    }
}

Dispatch::Hooks Shipment::hooks() {
    const auto altered = [this](const Upload& upload) {
        const bool may =
            is_alterable(upload) && desk_.request().alterations == Alterations::allowed;
        return may ? upload_of(upload.place, Octets::altered) : std::nullopt;
    };
    return {.next = [this] { return next_upload(); },
            .arrived = [this](const Upload& upload,
                              std::optional<Uid> uid) { take_arrival(upload, uid); },
            .refused = [this](const Upload& upload,
                              const std::string& reason) { refuse(upload, reason); },
            .altered = altered,
            .alone = [this](const Upload* upload) { suspect(upload); }};
}

std::optional<Upload> Shipment::next_upload() {
    while (!part_.empty() || (begun_ < checked_together && take_part())) {
        desk_.require_going_on();
        const auto place = part_.front();
        part_ = part_.subspan(1);
        ++begun_;
        if (auto upload = upload_of(place, Octets::as_they_are)) {
            return upload;
        }
    }
    return std::nullopt;
}

/// False: there is nothing more.
bool Shipment::take_part() {
    part_ = next_part_();
    has_more_ = !part_.empty();
    if (has_more_) {
        auto items = desk_.items(wanted_, part_);
        std::vector<ContentId> messages;
        for (const auto& [place, item] : items) {
            messages.push_back(item.message.content_id);
        }
        desk_.note_sent(mailbox_, messages);
        items_.merge(items);
    }
    return has_more_;
}

/// Nothing for a message that cannot go.
std::optional<Upload> Shipment::upload_of(Place place, Octets octets) {
    const auto& item = items_.at(place);
    try {
        auto upload = make_upload(desk_.archive(), item, place, octets);
        upload.outgoing.flags = imap::kept_flags(item.flags, selected_.permanent_flags).kept;
        upload.outgoing.text.is_binary =
            upload.has_nul && !upload.is_altered && session_.takes_nul();
        const auto size = upload.outgoing.text.size;
        if (limits_.append && size > *limits_.append) {
            hinder(item,
                   fmt::format("it has {} octets on the wire, and the server takes {} at most",
                               size, *limits_.append));
            return std::nullopt;
        }
        return upload;
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
            throw;
        }
        hinder(item, error.what());
        return std::nullopt;
    }
}

void Shipment::take_arrival(const Upload& upload, std::optional<Uid> uid) {
    const auto& item = items_.at(upload.place);
    const auto size = upload.outgoing.text.size;
    const bool is_told_twice = uid && !unchecked_.emplace(*uid, upload.place).second;
    if (uid) {
        sizes_[*uid] = size;
    }
    desk_.progress().advance(size);
    const std::lock_guard lock(ledger_.mutex);
    auto& report = ledger_.report;
    ++report.appended;
    report.sent_octets += size;
    for (const auto& change : changes_of(item, selected_, limits_)) {
        ++report.altered[change];
    }
    if (upload.has_bare_lf) {
        ++report.altered["with CRLF where a line ended with LF alone"];
    }
    if (upload.is_altered && upload.has_nul) {
        ++report.altered["with another octet in place of NUL"];
    }
    if (upload.is_altered && upload.has_8bit_fields) {
        ++report.altered["with header fields encoded that were not ASCII (RFC 2047)"];
    }
    ledger_.is_distrusted = ledger_.is_distrusted || is_told_twice;
    if (desk_.request().verifies) {
        ledger_.taken.push_back(
            {upload.place, uid.value_or(0), mark_of(canonical_digest(upload)), size});
    }
}

void Shipment::refuse(const Upload& upload, const std::string& reason) {
    const std::string held = upload.has_nul ? "a NUL, which" : "header fields of 8 bit, which";
    hinder(items_.at(upload.place),
           "the server refused it: " + reason +
               (is_alterable(upload) ? " (it holds " + held + " --allow-alterations would replace)"
                                     : ""));
}

void Shipment::hinder(const RestoreItem& item, std::string reason) {
    const std::lock_guard lock(ledger_.mutex);
    ledger_.report.hindrances.push_back({item.message.content_id, std::move(reason)});
}

void Shipment::suspect(const Upload* upload) {
    if (suspect_) {
        desk_.clear(mailbox_, *suspect_);
        suspect_.reset();
    }
    if (upload != nullptr) {
        suspect_ = wanted_[upload->place].content;
        desk_.suspect(mailbox_, *suspect_);
    }
}

/// What a server says of the UIDs it gave is believed once it shows messages of these sizes there.
void Shipment::check() {
    if (unchecked_.empty()) {
        return;
    }
    static_cast<void>(session_.reading().poll());
    std::map<Uid, ContentId> arrived;
    std::map<Uid, Place> places;
    for (const auto& message : session_.reading().fetch_sizes(unchecked_.begin()->first)) {
        const auto said = unchecked_.find(message.uid);
        if (said != unchecked_.end() && may_be_size(message.size, sizes_.at(message.uid))) {
            arrived.emplace(message.uid, items_.at(said->second).message.content_id);
            places.insert(*said);
        }
    }
    const bool is_right = arrived.size() == unchecked_.size();
    unchecked_.clear();
    sizes_.clear();
    {
        const std::lock_guard lock(ledger_.mutex);
        ledger_.is_distrusted = ledger_.is_distrusted || !is_right;
        if (ledger_.is_distrusted) {
            for (auto& taken : ledger_.taken) {
                taken.uid = 0;
            }
            return;
        }
    }
    desk_.note_arrived(mailbox_, selected_.uid_validity, arrived);
    if (limits_.has_labels) {
        label(places);
    }
}

/// One copy, which stands under all of its labels.
void Shipment::label(const std::map<Uid, Place>& arrived) {
    std::map<std::vector<std::string>, UidSet> labelled;
    for (const auto& [uid, place] : arrived) {
        if (const auto& labels = items_.at(place).flags.labels; !labels.empty()) {
            labelled[labels].add(uid);
        }
    }
    for (const auto& [labels, uids] : labelled) {
        if (const auto refusal = session_.add_labels(uids, labels)) {
            const std::lock_guard lock(ledger_.mutex);
            ledger_.report.altered["without labels: " + *refusal] += uids.count();
        }
    }
}

}  // namespace mailkeep::sync
