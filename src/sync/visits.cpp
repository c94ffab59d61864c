// SPDX-License-Identifier: Apache-2.0
#include "visits.hpp"

#include "uids.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Bounds the memory that their views take.
constexpr std::size_t most_messages = 20'000;

}  // namespace

Completeness completeness_of(const Observation& seen, std::uint64_t quarantined, Timestamp at) {
    const std::uint64_t told = seen.view.messages.size();
    const auto on_server = std::max<std::uint64_t>(seen.opened.exists, told);
    return {.at = at,
            .on_server = on_server,
            .archived = told - quarantined,
            .quarantined = quarantined,
            .to_come = on_server - told};
}

void Visits::add(Visit visit) {
    if (waiting_.empty()) {
        since_ = ingest_.keeper().clock().now();
    }
    messages_ += visit.seen.view.messages.size();
    waiting_.push_back(std::move(visit));
    if (is_due()) {
        settle();
    }
}

bool Visits::is_due() const {
    return messages_ >= most_messages || ingest_.keeper().clock().now() - since_ >= batch_age;
}

void Visits::settle() {
    ingest_.flush();
    if (waiting_.empty()) {
        return;
    }
    auto settled = std::exchange(waiting_, {});
    messages_ = 0;
    catalog_.together([&] {
        for (auto& visit : settled) {
            settle_one(visit);
        }
    });
}

/// The catalog is asked what stands there, so that the sum does not rest on what this run believes
/// to have done.
UidSet Visits::missing_from_catalog(const Visit& visit, const Completeness& said) const {
    if (catalog_.count_on_server(account_.id, visit.mailbox) == said.archived) {
        return {};
    }
    const auto& view = visit.seen.view;
    const auto standing = catalog_.mirror_state(account_.id, visit.mailbox, view.uid_validity);
    return uids_of(view.messages) - uids_of(standing.messages) - uids_of(visit.quarantined);
}

void Visits::settle_one(Visit& visit) {
    auto said =
        completeness_of(visit.seen, visit.quarantined.size(), ingest_.keeper().clock().now());
    const auto missing = missing_from_catalog(visit, said);
    if (!missing.empty()) {
        problems_.note("mailbox " + visit.name +
                       ": on the server, not in the archive: " + shown(missing));
        said.archived -= missing.count();
        said.to_come += missing.count();
        visit.cursor.reset();
    }
    catalog_.note_quarantined(account_.id, visit.mailbox, visit.seen.view.uid_validity,
                              visit.quarantined, said);
    const auto go_on = [this, mailbox = visit.mailbox, cursor = visit.cursor] {
        if (cursor) {
            note_cursor(mailbox, *cursor);
            brake_.settle(mailbox);
        }
    };
    if (visit.departure) {
        visit.departure->settle = go_on;
        departures_.add(*std::move(visit.departure));
    } else {
        go_on();
    }
}

void Visits::note_cursor(const std::string& mailbox, const MailboxCursor& cursor) {
    if (cursor.uid_next > 0 && cursor != catalog_.cursor(account_.id, mailbox)) {
        catalog_.note_cursor(account_.id, mailbox, cursor);
    }
}

}  // namespace mailkeep::sync
