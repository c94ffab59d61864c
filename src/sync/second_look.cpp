// SPDX-License-Identifier: Apache-2.0
#include "second_look.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include <algorithm>

namespace mailkeep::sync {

imap::ReadSession& SecondLook::session() {
    if (!session_) {
        session_ = open_();
    }
    return *session_;
}

/// Whether it came to an answer. A session that failed is opened anew for the next question.
template <class Ask>
bool SecondLook::asks(const Ask& ask) {
    try {
        ask();
        return true;
    } catch (const Error& error) {
        if (error.code() == Errc::cancelled) {
            throw;
        }
        log_info("mirror.no_second_look", {{"why", error.what()}});
        session_.reset();
        return false;
    }
}

std::optional<std::vector<imap::ListEntry>> SecondLook::list() {
    std::vector<imap::ListEntry> listed;
    const bool is_told = asks([&] {
        listed = session().list_with_status();
        std::vector<imap::ListEntry*> entries;
        for (auto& entry : listed) {
            entries.push_back(&entry);
        }
        session().ask_status(entries);
    });
    return is_told ? std::optional(std::move(listed)) : std::nullopt;
}

std::optional<UidSet> SecondLook::standing(const Departure& departure) {
    std::optional<UidSet> standing;
    const bool is_told = asks([&] {
        if (departure.reason == GoneReason::mailbox) {
            standing = lists(departure) ? departure.uids : UidSet();
        } else {
            standing = standing_in_mailbox(departure);
        }
    });
    return is_told ? standing : std::nullopt;
}

bool SecondLook::lists(const Departure& departure) {
    const auto listed = session().list();
    return std::any_of(listed.begin(), listed.end(), [&](const imap::ListEntry& entry) {
        return entry.is_selectable() && entry.mailbox == departure.mailbox;
    });
}

/// Under another UIDVALIDITY the messages of the one before are gone, and nothing is told of those
/// that vanished.
std::optional<UidSet> SecondLook::standing_in_mailbox(const Departure& departure) {
    const auto opened = session().examine(departure.mailbox);
    if (std::max<UidValidity>(opened.uid_validity, 1) != departure.uid_validity) {
        return departure.reason == GoneReason::uid_validity ? std::optional(UidSet())
                                                            : std::nullopt;
    }
    auto there = opened.exists > 0 && session().can_search_uids(opened.exists)
                     ? session().search_uids()
                     : std::nullopt;
    if (!there) {
        there.emplace();
        for (const auto& message : session().fetch_flags()) {
            there->add(message.uid);
        }
    }
    return there->count() < opened.exists
               ? std::nullopt
               : std::optional(departure.uids - (departure.uids - *there));
}

}  // namespace mailkeep::sync
