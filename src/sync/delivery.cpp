// SPDX-License-Identifier: Apache-2.0
#include "delivery.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/imap/mailbox_name.hpp"
#include "mailkeep/sync/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Noted as sent by one durable write.
constexpr std::size_t noted_together = 1000;

}  // namespace

Delivery::Delivery(RestoreDesk& desk, imap::WriteSession& session, const TargetLimits& limits,
                   std::span<const RestoreSource> sources, MailboxRestore& report)
    : desk_(desk), session_(session), limits_(limits), sources_(sources), report_(report) {}

void Delivery::run() {
    load();
    report_.unsent = items_.size();
    plan();
    report_.unsent = 0;
    if (desk_.request().effect == Effect::dry_run) {
        for (const auto place : missing_) {
            describe(items_[place]);
        }
        return;
    }
    desk_.progress().expect(missing_.size());
    send();
    if (desk_.request().verifies && !taken_.empty()) {
        read_back(session_.reading(), desk_.archive(), selected_.uid_next.value_or(1), taken_,
                  report_);
    }
}

void Delivery::load() {
    for (const auto& source : sources_) {
        auto items = desk_.items(source);
        std::move(items.begin(), items.end(), std::back_inserter(items_));
    }
}

/// False for a mailbox that is only going to be made.
bool Delivery::open() {
    if (report_.is_created) {
        if (desk_.request().effect == Effect::dry_run) {
            return false;
        }
        make_mailbox();
    }
    selected_ = session_.select(report_.mailbox);
    return true;
}

void Delivery::make_mailbox() {
    const auto wanted = report_.mailbox;
    try {
        report_.mailbox = session_.create(wanted);
    } catch (const Error& error) {
        const auto plain = plain_mailbox_name(wanted, limits_.delimiter);
        if (error.code() != Errc::refused || plain == wanted) {
            throw;
        }
        report_.mailbox = session_.create(plain);
    }
    if (report_.mailbox != wanted) {
        report_.remark = "the server does not take the name \"" + report_.name + "\"";
        report_.name = imap::display_mailbox_name(report_.mailbox);
    }
}

// An attempt after one that was cut short finds some of what that one sent.
void Delivery::plan() {
    std::vector<ContentId> present;
    if (open()) {
        const auto known = desk_.known_there(report_.mailbox, selected_.uid_validity);
        present = Recognition(session_.reading(), desk_.archive(), items_, known).present();
    }
    report_.hindrances.clear();
    const auto before = report_.already_there;
    plan_missing(present);
    if (std::exchange(report_.is_planned, true)) {
        report_.appended = report_.already_there - std::min(before, report_.already_there);
        report_.to_append += report_.appended;
        report_.already_there = before;
    }
}

void Delivery::plan_missing(const std::vector<ContentId>& present) {
    std::vector<ContentId> wanted;
    wanted.reserve(items_.size());
    for (const auto& item : items_) {
        wanted.push_back(item.message.content_id);
    }
    const auto plan = plan_restore(wanted, present);
    report_.already_there = plan.already_there;
    report_.to_append = 0;
    report_.octets = 0;
    missing_.clear();
    for (const auto place : plan.append) {
        const auto& item = items_[place];
        if (auto reason = hindrance_of(item)) {
            hinder(item, *std::move(reason));
            continue;
        }
        missing_.push_back(place);
        ++report_.to_append;
        report_.octets += item.message.size;
    }
}

std::optional<std::string> Delivery::hindrance_of(const RestoreItem& item) const {
    if (desk_.damaged().contains(item.message.content_id)) {
        return "it is damaged in the archive";
    }
    if (auto reason = desk_.given_up(report_.mailbox, item.message.content_id)) {
        return reason;
    }
    if (limits_.append && item.message.size > *limits_.append) {
        return fmt::format("it has {} octets, and the server takes {} at most", item.message.size,
                           *limits_.append);
    }
    return std::nullopt;
}

/// What becomes other than it was.
void Delivery::describe(const RestoreItem& item) {
    for (const auto& flag : imap::kept_flags(item.flags, selected_.permanent_flags).dropped) {
        ++report_.altered["without " + flag + ", which the server does not keep"];
    }
    if (item.internal_date.at < Timestamp{}) {
        ++report_.altered["with 1970-01-01 in place of a date before it"];
    }
}

void Delivery::send() {
    const std::span<const std::size_t> places(missing_);
    const auto handled = [&] { return report_.appended + report_.hindrances.size(); };
    const auto before = handled();
    for (std::size_t begin = 0; begin < places.size() && !is_full_; begin += noted_together) {
        send_some(places.subspan(begin, std::min(noted_together, places.size() - begin)));
    }
    report_.unsent = places.size() - (handled() - before);
    desk_.flush();
}

void Delivery::send_some(std::span<const std::size_t> places) {
    std::vector<ContentId> messages;
    for (const auto place : places) {
        messages.push_back(items_[place].message.content_id);
    }
    desk_.note_sent(report_.mailbox, messages);
    to_be_sent_ = places;
    Dispatch dispatch(session_, report_.mailbox, selected_.uid_validity, hooks());
    dispatch.run();
    check();
    if (dispatch.over_quota()) {
        is_full_ = true;
        report_.problem = "the target is full: " + *dispatch.over_quota();
    }
}

Dispatch::Hooks Delivery::hooks() {
    const auto altered = [this](const Upload& upload) {
        const bool may = upload.has_nul && !upload.is_altered &&
                         desk_.request().alterations == Alterations::allowed;
        return may ? upload_of(upload.place, Nul::replaced) : std::nullopt;
    };
    const auto refuse = [this](const Upload& upload, const std::string& reason) {
        const bool may_help = upload.has_nul && !upload.is_altered;
        hinder(items_[upload.place],
               "the server refused it: " + reason +
                   (may_help ? " (it holds a NUL, which --allow-alterations would replace)" : ""));
    };
    return {.next = [this] { return next_upload(); },
            .arrived = [this](const Upload& upload,
                              std::optional<Uid> uid) { take_arrival(upload, uid); },
            .refused = refuse,
            .altered = altered,
            .alone =
                [this](const Upload* upload) {
                    desk_.suspect(report_.mailbox,
                                  upload == nullptr
                                      ? std::nullopt
                                      : std::optional(items_[upload->place].message.content_id));
                }};
}

std::optional<Upload> Delivery::next_upload() {
    while (!to_be_sent_.empty()) {
        desk_.require_going_on();
        const auto place = to_be_sent_.front();
        to_be_sent_ = to_be_sent_.subspan(1);
        if (auto upload = upload_of(place, Nul::as_it_is)) {
            return upload;
        }
    }
    return std::nullopt;
}

/// Nothing for a message that cannot go.
std::optional<Upload> Delivery::upload_of(std::size_t place, Nul nul) {
    const auto& item = items_[place];
    try {
        auto upload = make_upload(desk_.archive(), item, place, nul);
        upload.outgoing.flags = imap::kept_flags(item.flags, selected_.permanent_flags).kept;
        upload.outgoing.text.is_binary =
            upload.has_nul && nul == Nul::as_it_is && session_.takes_nul();
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

void Delivery::take_arrival(const Upload& upload, std::optional<Uid> uid) {
    const auto& item = items_[upload.place];
    ++report_.appended;
    report_.sent_octets += upload.outgoing.text.size;
    desk_.progress().advance(upload.outgoing.text.size);
    describe(item);
    if (upload.has_bare_lf) {
        ++report_.altered["with CRLF where a line ended with LF alone"];
    }
    if (upload.is_altered) {
        ++report_.altered["with another octet in place of NUL"];
    }
    if (uid && !unchecked_.emplace(*uid, upload.place).second) {
        is_distrusted_ = true;
    }
    if (uid) {
        sizes_[*uid] = upload.outgoing.text.size;
    }
    if (desk_.request().verifies) {
        taken_.push_back({item.message.content_id, item.message_id, canonical_digest(upload),
                          upload.outgoing.text.size, upload.outgoing.flags, item.internal_date,
                          uid});
    }
}

/// What a server says of the UIDs it gave is believed once it shows messages of these sizes there.
void Delivery::check() {
    if (unchecked_.empty()) {
        return;
    }
    static_cast<void>(session_.reading().poll());
    std::map<Uid, ContentId> arrived;
    for (const auto& message : session_.reading().fetch_flags(unchecked_.begin()->first)) {
        const auto said = unchecked_.find(message.uid);
        if (said != unchecked_.end() && may_be_size(message.size, sizes_.at(message.uid))) {
            arrived.emplace(message.uid, items_[said->second].message.content_id);
        }
    }
    is_distrusted_ = is_distrusted_ || arrived.size() != unchecked_.size();
    unchecked_.clear();
    sizes_.clear();
    if (!is_distrusted_) {
        desk_.note_arrived(report_.mailbox, selected_.uid_validity, arrived);
        return;
    }
    for (auto& taken : taken_) {
        taken.uid.reset();
    }
}

void Delivery::hinder(const RestoreItem& item, std::string reason) {
    report_.hindrances.push_back({item.message.content_id, std::move(reason)});
}

}  // namespace mailkeep::sync
