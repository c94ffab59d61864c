// SPDX-License-Identifier: Apache-2.0
#include "import_places.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/imap/mailbox_name.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::sync {

namespace {

std::string decoded(const std::string& component) {
    const auto name = imap::decode_mailbox_name(component);
    return name ? *name : imap::display_mailbox_name(component);
}

}  // namespace

ImportPlaces::ImportPlaces(AccountId account, std::string root, const catalog::Catalog& catalog,
                           Ingest& ingest)
    : account_(account), root_(std::move(root)), catalog_(catalog), ingest_(ingest) {
    for (const auto& mailbox : catalog.mailboxes(account, std::nullopt)) {
        if (mailbox.delimiter != 0 && !mailbox.is_gone) {
            delimiter_ = mailbox.delimiter;
        }
    }
}

ImportPlaces::Mailbox ImportPlaces::mailbox_of(const files::FoundMessage& message) const {
    if (!message.exact_mailbox.empty()) {
        return mailbox_named(message.exact_mailbox, message.exact_delimiter);
    }
    std::vector<std::string> components;
    if (root_.empty() || !message.is_single) {
        for (const auto& component : message.mailbox) {
            components.push_back(decoded(component));
        }
    }
    return mailbox_from(std::move(components));
}

ImportPlaces::Mailbox ImportPlaces::mailbox_named(std::string_view name, char delimiter) const {
    std::vector<std::string> components;
    for (const auto component : split(name, delimiter == 0 ? '\n' : delimiter)) {
        components.emplace_back(component);
    }
    return mailbox_from(std::move(components));
}

ImportPlaces::Mailbox ImportPlaces::mailbox_from(std::vector<std::string> components) const {
    if (!root_.empty()) {
        if (!components.empty() && imap::is_inbox(components.front())) {
            components.erase(components.begin());
        }
        components.insert(components.begin(), root_);
    }
    Mailbox mailbox{{}, {}, delimiter_};
    for (auto& component : components) {
        const bool is_root = !root_.empty() && mailbox.name.empty();
        if (!is_root) {
            std::replace(component.begin(), component.end(), delimiter_, '_');
        }
        mailbox.name +=
            (mailbox.name.empty() ? "" : std::string(1, delimiter_)) + to_valid_utf8(component);
    }
    const auto end = std::min(mailbox.name.find(delimiter_), mailbox.name.size());
    if (mailbox.name.empty() || imap::is_inbox(mailbox.name.substr(0, end))) {
        mailbox.name.replace(0, end, "INBOX");
    }
    mailbox.wire_name = imap::encode_mailbox_name(mailbox.name);
    return mailbox;
}

void ImportPlaces::begin_source() {
    ingest_.flush();
    uids_.clear();
    met_ = {};
}

// Run again, the first copy finds the first one there, the second the second.
std::optional<Uid> ImportPlaces::take(const Mailbox& mailbox, const ContentId& content_id,
                                      Copies copies) {
    const auto number = met_.count(mailbox.wire_name, content_id);
    auto& uids = uids_of(mailbox);
    const bool is_surplus = copies == Copies::single && number > 1;
    if (is_surplus ||
        catalog_.has_met(account_, mailbox.wire_name, content_id, number, uids.first)) {
        return std::nullopt;
    }
    note_mailbox(mailbox);
    return uids.next++;
}

ImportPlaces::Uids& ImportPlaces::uids_of(const Mailbox& mailbox) {
    const auto known = uids_.find(mailbox.wire_name);
    if (known != uids_.end()) {
        return known->second;
    }
    const auto next = catalog_.next_imported_uid(account_, mailbox.wire_name);
    return uids_.emplace(mailbox.wire_name, Uids{next, next}).first->second;
}

void ImportPlaces::note_mailbox(const Mailbox& mailbox) {
    if (std::exchange(uids_of(mailbox).is_noted, true)) {
        return;
    }
    const auto known = catalog_.mailbox(account_, mailbox.wire_name);
    if (!known || known->is_gone) {
        ingest_.note(MailboxSeen{account_,
                                 mailbox.wire_name,
                                 mailbox.name,
                                 mailbox.delimiter,
                                 {},
                                 imported_uid_validity});
    }
}

void ImportPlaces::note_empty(const std::string& name, char delimiter) {
    note_mailbox(mailbox_named(name, delimiter));
}

}  // namespace mailkeep::sync
