// SPDX-License-Identifier: Apache-2.0
#include "delivery.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/imap/mailbox_name.hpp"
#include "mailkeep/sync/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Noted as sent by one durable write, and sent by one session in their order.
constexpr std::size_t part_messages = 200;

}  // namespace

Delivery::Delivery(RestoreDesk& desk, imap::WriteSession& session, const TargetLimits& limits,
                   std::span<const RestoreSource> sources, MailboxRestore& report)
    : desk_(desk),
      session_(session),
      limits_(limits),
      sources_(sources),
      report_(report),
      ledger_{.report = report} {}

void Delivery::run() {
    wanted_ = desk_.wanted(sources_);
    report_.unsent = wanted_.size();
    plan();
    report_.unsent = 0;
    if (desk_.request().effect == Effect::dry_run) {
        for (const auto place : missing_) {
            describe(wanted_[place]);
        }
        return;
    }
    desk_.progress().expect(missing_.size());
    send();
    if (!ledger_.taken.empty()) {
        read_back(session_.reading(), desk_, wanted_, selected_, ledger_.taken, report_);
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
        report_.mailbox = session_.create(wanted, report_.role);
    } catch (const Error& error) {
        const auto plain = plain_mailbox_name(wanted, limits_.delimiter);
        if (error.code() != Errc::refused || plain == wanted) {
            throw;
        }
        report_.mailbox = session_.create(plain, report_.role);
    }
    if (report_.mailbox != wanted) {
        report_.remark = "the server does not take the name \"" + report_.name + "\"";
        report_.name = imap::display_mailbox_name(report_.mailbox);
    }
}

// An attempt after one that was cut short finds some of what that one sent.
void Delivery::plan() {
    const WantedIndex index(wanted_);
    std::vector<Place> present;
    if (open() && selected_.exists > 0) {
        const auto known = desk_.known_there(report_.mailbox, selected_.uid_validity, index);
        present = Recognition(session_.reading(), desk_, index, known).present();
    }
    report_.hindrances.clear();
    const auto before = report_.already_there;
    plan_missing(index, present);
    if (std::exchange(report_.is_planned, true)) {
        report_.appended = report_.already_there - std::min(before, report_.already_there);
        report_.to_append += report_.appended;
        report_.already_there = before;
    }
}

void Delivery::plan_missing(const WantedIndex& index, std::span<const Place> present) {
    const auto plan = plan_restore(index.contents(), present);
    report_.already_there = plan.already_there;
    report_.to_append = 0;
    report_.octets = 0;
    missing_.clear();
    for (const auto place : plan.append) {
        const auto& message = wanted_[place];
        if (auto reason = hindrance_of(message)) {
            report_.hindrances.push_back(
                {desk_.item(message).message.content_id, *std::move(reason)});
            continue;
        }
        missing_.push_back(place);
        ++report_.to_append;
        report_.octets += message.size;
    }
}

std::optional<std::string> Delivery::hindrance_of(const WantedMessage& message) const {
    if (desk_.damaged().contains(message.content)) {
        return "it is damaged in the archive";
    }
    if (auto reason = desk_.given_up(report_.mailbox, message.content)) {
        return reason;
    }
    if (limits_.append && message.size > *limits_.append) {
        return fmt::format("it has {} octets, and the server takes {} at most", message.size,
                           *limits_.append);
    }
    return std::nullopt;
}

void Delivery::describe(const WantedMessage& message) {
    for (const auto& change : changes_of(desk_.item(message), selected_, limits_)) {
        ++report_.altered[change];
    }
}

void Delivery::send() {
    to_be_sent_ = missing_;
    const auto handled = [&] { return report_.appended + report_.hindrances.size(); };
    const auto before = handled();
    ship(session_, selected_);
    for (auto& helper : helpers_) {
        helper.get();
    }
    report_.unsent = missing_.size() - (handled() - before);
}

/// Whoever fails keeps the others from beginning anything more.
void Delivery::ship(imap::WriteSession& session, const imap::SelectData& selected) {
    struct Watch {
        Ledger& ledger;
        bool is_well = false;

        ~Watch() {
            const std::lock_guard lock(ledger.mutex);
            ledger.is_over = ledger.is_over || !is_well;
        }
    } watch{ledger_};

    const bool leads = &session == &session_;
    Shipment shipment(desk_, session, selected, limits_, wanted_, ledger_);
    shipment.run([this, leads] {
        const auto part = next_part();
        if (leads) {
            find_help();
        }
        return part;
    });
    watch.is_well = true;
}

std::span<const Place> Delivery::next_part() {
    const std::lock_guard lock(ledger_.mutex);
    if (ledger_.is_over) {
        return {};
    }
    const auto part = to_be_sent_.first(std::min(part_messages, to_be_sent_.size()));
    to_be_sent_ = to_be_sent_.subspan(part.size());
    return part;
}

/// Where a server is to be handled with care, one session is enough.
void Delivery::find_help() {
    const auto has_more = [this] {
        const std::lock_guard lock(ledger_.mutex);
        return !to_be_sent_.empty() && !ledger_.is_over;
    };
    while (!session_.is_wary() && !is_unhelped_ && has_more() && desk_.take_session()) {
        helpers_.push_back(std::async(std::launch::async, [this] { help(); }));
    }
}

/// A server that allows no more sessions is no reason to fail.
void Delivery::help() {
    const SessionOnLoan loan(desk_);
    std::optional<imap::WriteSession> session;
    imap::SelectData selected;
    try {
        session.emplace(desk_.open_session());
        selected = session->select(report_.mailbox);
    } catch (const Error& error) {
        is_unhelped_ = true;
        log_info("restore.unhelped", {{"reason", error.what()}});
        return;
    }
    if (selected.uid_validity == selected_.uid_validity) {
        ship(*session, selected);
    }
    session->logout();
}

}  // namespace mailkeep::sync
