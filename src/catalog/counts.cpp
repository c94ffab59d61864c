// SPDX-License-Identifier: Apache-2.0
// What the batch being applied adds to mailbox_days, message_counts and mailboxes, written once at
// its end: a trigger for each row would cost a first run of small messages a third of its time.
#include "rows.hpp"
#include "state.hpp"

#include <algorithm>
#include <utility>

namespace mailkeep::catalog {

namespace {

constexpr std::int64_t ms_a_day = 86'400'000;

}  // namespace

void Catalog::State::count_message(MessageKey key, std::uint64_t size, Timestamp date) {
    ++added_.messages;
    added_.size += size;
    added_.most_moved = std::max(added_.most_moved, key.value - first_key(date));
}

void Catalog::State::count_placement(MailboxId mailbox, Timestamp seen_at, const Seen& seen,
                                     const PlacedMessage& message) {
    auto& day = added_.days[{mailbox.value, unix_ms(seen_at) / ms_a_day}];
    ++day.messages;
    day.unread += seen.flags.seen ? 0 : 1;
    day.size += message.size;
    added_.most_ahead = std::max(added_.most_ahead, unix_ms(message.date) - unix_ms(seen_at));
    auto& uids = added_.uids.try_emplace(mailbox.value).first->second;
    uids.uid_validity = uids.uid_validity == 0 ? seen.uid_validity : uids.uid_validity;
    uids.last = std::max(uids.last, seen.uid);
}

void Catalog::State::write_counts() {
    const auto added = std::exchange(added_, {});
    for (const auto& [place, day] : added.days) {
        database
            .statement(
                "INSERT INTO mailbox_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " messages = messages + excluded.messages, unread = unread + excluded.unread,"
                " size = size + excluded.size")
            .bind(place.first, place.second, day.messages, day.unread, day.size)
            .run();
    }
    for (const auto& [mailbox, uids] : added.uids) {
        database
            .statement(
                "UPDATE mailboxes SET next_uid = max(next_uid, ? + 1),"
                " uid_validity = iif(uid_validity = 0, ?, uid_validity) WHERE id = ?")
            .bind(uids.last, uids.uid_validity, mailbox)
            .run();
    }
    if (added.messages > 0 || !added.days.empty()) {
        database
            .statement(
                "UPDATE message_counts SET messages = messages + ?, size = size + ?,"
                " most_moved = max(most_moved, ?), most_ahead = max(most_ahead, ?)")
            .bind(added.messages, added.size, added.most_moved, added.most_ahead)
            .run();
    }
}

}  // namespace mailkeep::catalog
