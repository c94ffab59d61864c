// SPDX-License-Identifier: Apache-2.0
#include "departures.hpp"

#include "mailkeep/sync/plan.hpp"

#include "second_look.hpp"

namespace mailkeep::sync {

void Departures::add(Departure departure) {
    auto& missing = missing_[{departure.mailbox, departure.uid_validity}];
    missing = missing | departure.uids;
    departures_.push_back(std::move(departure));
}

void Departures::decide() {
    for (const auto& departure : departures_) {
        const auto ours = due_for_removal(departure);
        if (!is_confirmed(departure, ours) || is_held_back(departure, ours)) {
            continue;
        }
        note_gone(departure, ours, GoneReason::deleted_by_us);
        note_gone(departure, departure.uids - ours, departure.reason);
        if (departure.note) {
            departure.note();
        }
        ingest_.flush();
        if (departure.settle) {
            departure.settle();
        }
    }
    departures_.clear();
}

/// What we were about to delete there ourselves: the answer to our EXPUNGE may have been lost. We
/// delete only under the UIDVALIDITY a mailbox is known by.
UidSet Departures::due_for_removal(const Departure& departure) const {
    UidSet due;
    if (departure.reason != GoneReason::vanished || departure.uids.empty() ||
        account_.delete_policy.kind == DeletePolicy::Kind::never) {
        return due;
    }
    if (catalog_.mailbox(account_.id, departure.mailbox)->uid_validity != departure.uid_validity) {
        return due;
    }
    for (const auto& message : plan_purge(catalog_.collected(account_.id, departure.mailbox),
                                          account_.delete_policy, ingest_.keeper().clock().now())) {
        if (departure.uids.contains(message.uid)) {
            due.add(message.uid);
        }
    }
    return due;
}

/// In another mailbox or under another UIDVALIDITY, and not missing there too.
UidSet Departures::standing_elsewhere(const Departure& departure) const {
    UidSet standing;
    catalog_.for_each_twin(
        account_.id, departure.mailbox, departure.uid_validity, departure.uids,
        [&](Uid uid, const catalog::Place& place) {
            const auto missing = missing_.find({place.mailbox, place.uid_validity});
            if (missing == missing_.end() || !missing->second.contains(place.uid)) {
                standing.add(uid);
            }
        });
    return standing;
}

/// All of a mailbox at once, or enough for the brake.
bool Departures::is_surprising(const Departure& departure, const UidSet& lost) const {
    return !lost.empty() &&
           (lost.count() >= departure.held ||
            brake_.would_hold_back(departure.mailbox, lost.count(), departure.held));
}

bool Departures::is_confirmed(const Departure& departure, const UidSet& ours) {
    const auto lost = departure.uids - ours;
    if (!second_look_.is_possible() || !is_surprising(departure, lost) ||
        !is_surprising(departure, lost - standing_elsewhere(departure))) {
        return true;
    }
    const auto standing = second_look_.standing(departure);
    if (standing && standing->empty()) {
        return true;
    }
    problems_.note("mailbox " + departure.name + ": " + std::to_string(lost.count()) + " of " +
                   std::to_string(departure.held) + " messages are missing at once, and another " +
                   (standing
                        ? "session still shows " + std::to_string(standing->count()) + " of them"
                        : std::string("session could not be asked whether that is so")) +
                   "; none was taken for gone");
    return false;
}

bool Departures::is_held_back(const Departure& departure, const UidSet& ours) {
    const auto lost = departure.uids - ours;
    if (!brake_.would_hold_back(departure.mailbox, lost.count(), departure.held)) {
        return false;
    }
    return brake_.holds_back(departure.mailbox, departure.name,
                             (lost - standing_elsewhere(departure)).count(), departure.held);
}

void Departures::note_gone(const Departure& departure, const UidSet& uids, GoneReason reason) {
    if (uids.empty()) {
        return;
    }
    auto& counts = ingest_.counts();
    (reason == GoneReason::deleted_by_us ? counts.deleted_from_server : counts.vanished) +=
        uids.count();
    ingest_.note(Gone{account_.id, departure.mailbox, departure.uid_validity, uids, reason});
}

}  // namespace mailkeep::sync
