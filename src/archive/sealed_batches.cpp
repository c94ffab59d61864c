// SPDX-License-Identifier: Apache-2.0
#include "sealed_batches.hpp"

#include "mailkeep/base/error.hpp"

#include "event_codec.hpp"
#include "event_places.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::archive {

namespace {

[[noreturn]] void throw_damaged(const std::string& name, std::string_view what) {
    throw Error(Errc::corrupt, fmt::format("{}: {}", name, what),
                "Run `mailkeep verify`; `mailkeep repair --from` a replica mends what it names.");
}

}  // namespace

SealedBatches::SealedBatches(PackSet& set) : set_(set), packs_(set.counting()) {
    std::stable_sort(packs_.begin(), packs_.end(), [](const auto& a, const auto& b) {
        return a.seal.history.first < b.seal.history.first;
    });
}

Tip SealedBatches::for_each(const Tip& after, std::uint64_t last, const Sink& sink) {
    auto place = after;
    for (const auto& pack : packs_) {
        const auto& history = pack.seal.history;
        if (history.last <= place.number || history.first > last) {
            continue;
        }
        const auto messages =
            messages_of({std::max(history.first, place.number + 1), std::min(history.last, last)});
        const auto open = set_.open(pack.name);
        if (!messages || !open.is_there()) {
            return place;
        }
        const bool is_whole = open->for_each_history([&](const HistoryBatch& batch) {
            const auto& commit = batch.commit;
            if (commit.number <= place.number || commit.number > last) {
                return;
            }
            if (commit.number != place.number + 1 || !follows(commit.before, place.digest)) {
                throw_damaged(pack.name, fmt::format("batch {} does not follow batch {}",
                                                     commit.number, place.number));
            }
            sink(put_together(batch, *messages));
            place = {commit.number, commit.digest};
        });
        if (!is_whole) {
            throw_damaged(pack.name, "a part of its history is damaged");
        }
    }
    return place;
}

std::optional<std::vector<SealedBatches::Found>> SealedBatches::messages_of(
    const BatchRange& range) {
    std::vector<Found> found;
    for (const auto& pack : packs_) {
        const auto& batches = pack.seal.batches;
        // Of messages that are gone the seal does not say from which batches they are, and a seal
        // that was made anew may say nothing.
        if (!pack.is_damaged && pack.seal.gone == 0 &&
            (batches.last < range.first || batches.first > range.last)) {
            continue;
        }
        const auto open = set_.open(pack.name);
        if (!open.is_there()) {
            return std::nullopt;
        }
        for (const auto& message : contents_of(*open, set_)) {
            if (message.origin.batch >= range.first && message.origin.batch <= range.last) {
                found.push_back({message.origin, message.content_id, message.size, message.frame,
                                 message.offset, &pack});
            }
        }
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.origin < b.origin; });
    return found;
}

CommittedBatch SealedBatches::put_together(const HistoryBatch& batch,
                                           const std::vector<Found>& messages) {
    const auto& commit = batch.commit;
    CommittedBatch made;
    made.number = commit.number;
    made.at = commit.at;
    made.digest = commit.digest;
    made.size = std::uint64_t{commit.messages} + commit.events;
    const auto find = [&](const Origin& origin) {
        return std::lower_bound(messages.begin(), messages.end(), origin,
                                [](const Found& a, const Origin& b) { return a.origin < b; });
    };
    for (auto message = find({commit.number, 0});
         message != messages.end() && message->origin.batch == commit.number; ++message) {
        if (message->frame != 0) {
            made.messages.push_back({message->content_id,
                                     message->size,
                                     {message->pack->name, message->frame, message->offset}});
        } else {
            made.gone.push_back({message->content_id, message->origin.place});
        }
    }
    auto records = restore_ids(batch.records, [&](std::uint64_t place) {
        const auto message = find({commit.number, place});
        return message != messages.end() && message->origin == Origin{commit.number, place}
                   ? std::optional(message->content_id)
                   : std::nullopt;
    });
    auto events = records ? decode_events(*records) : std::nullopt;
    if (!events) {
        throw Error(Errc::corrupt, fmt::format("batch {}: its events are damaged", commit.number));
    }
    made.events = std::move(events->events);
    made.records = *std::move(records);
    return made;
}

}  // namespace mailkeep::archive
