// SPDX-License-Identifier: Apache-2.0
#include "visits.hpp"

#include "uids.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::sync {

namespace {

/// Settling waits for all that is under way, and costs a run that much; one that is cut short looks
/// once more into what was not settled.
constexpr std::chrono::seconds between_settling{60};

}  // namespace

Sight sight_of(const Observation& seen) {
    return {.uid_validity = seen.view.uid_validity,
            .uids = uids_of(seen.view.messages),
            .exists = seen.opened.exists};
}

Completeness completeness_of(const Sight& seen, std::uint64_t quarantined, Timestamp at) {
    const auto told = seen.uids.count();
    const auto on_server = std::max(seen.exists, told);
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
    waiting_.push_back(std::move(visit));
    if (ingest_.keeper().clock().now() - since_ >= between_settling) {
        settle();
    }
}

void Visits::settle() {
    ingest_.flush();
    if (waiting_.empty()) {
        return;
    }
    auto settled = std::exchange(waiting_, {});
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
    const auto standing =
        catalog_.mirror_state(account_.id, visit.mailbox, visit.seen.uid_validity);
    return visit.seen.uids - uids_of(standing.messages) - uids_of(visit.quarantined);
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
    catalog_.note_quarantined(account_.id, visit.mailbox, visit.seen.uid_validity,
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
