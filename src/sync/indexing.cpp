// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/indexing.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "summaries.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

namespace mailkeep::sync {

namespace {

/// Of a step: so many are read in the order in which they stand on the disk, and so much text is
/// held before it is written.
constexpr std::size_t step_messages = 200;
constexpr std::size_t step_octets = std::size_t{4} << 20;

std::vector<StoredMessage> in_order_of_place(std::vector<StoredMessage> messages) {
    const auto place = [](const StoredMessage& message) {
        const auto& location = message.location;
        return std::tie(location.file, location.frame, location.offset);
    };
    std::sort(messages.begin(), messages.end(),
              [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return messages;
}

/// Who reads attachments (null: nobody), and until when.
struct Attachments {
    extract::Extractor* extractor = nullptr;
    std::stop_token stop;
};

MessageSummary summary_of(const archive::Archive& archive, const StoredMessage& message,
                          const Attachments& attachments) {
    auto summary = summarize(archive, message);
    if (attachments.extractor != nullptr) {
        add_attachments(archive, message, *attachments.extractor, attachments.stop, summary);
    }
    return summary;
}

/// A disk may fail once; what cannot be had twice is damaged.
MessageSummary summarize_twice(const archive::Archive& archive, const StoredMessage& message,
                               const Attachments& attachments) {
    try {
        return summary_of(archive, message, attachments);
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt) {
            throw;
        }
    }
    return summary_of(archive, message, attachments);
}

/// Messages are read one at a time, and their words collected up to the bounds of a step.
template <class Index, class Damage>
std::size_t take_step(const archive::Archive& archive, std::vector<StoredMessage> waiting,
                      const Attachments& attachments, const Index& index, const Damage& damage) {
    std::vector<MessageSummary> summaries;
    std::size_t octets = 0;
    for (const auto& message : in_order_of_place(std::move(waiting))) {
        if (octets >= step_octets || attachments.stop.stop_requested()) {
            break;
        }
        try {
            summaries.push_back(summarize_twice(archive, message, attachments));
            octets += summaries.back().text.size();
        } catch (const Error& error) {
            if (error.code() == Errc::cancelled) {
                break;
            }
            if (error.code() != Errc::corrupt) {
                throw;
            }
            log_warning("index.unreadable", {{"id", message.content_id.hex()}});
            damage(message.content_id, error.what());
        }
    }
    index(summaries);
    return summaries.size();
}

}  // namespace

std::uint64_t index_pending(Keeper& keeper, const std::stop_token& stop,
                            const std::function<void()>& between, extract::Extractor* extractor) {
    std::uint64_t indexed = 0;
    while (!stop.stop_requested()) {
        auto waiting = keeper.unindexed(step_messages);
        if (waiting.empty()) {
            break;
        }
        indexed += take_step(
            keeper.archive(), std::move(waiting), {extractor, stop},
            [&](const auto& summaries) { keeper.index(summaries); },
            [&](const auto& id, const auto& what) { keeper.note_damage(id, what); });
        between();
    }
    return indexed;
}

void index_all(const archive::Archive& archive, catalog::Catalog& catalog,
               extract::Extractor* extractor) {
    for (auto waiting = catalog.unindexed(step_messages); !waiting.empty();
         waiting = catalog.unindexed(step_messages)) {
        take_step(
            archive, std::move(waiting), {extractor, {}},
            [&](const auto& summaries) { catalog.index(summaries); },
            [&](const auto& id, const auto& what) {
                catalog.note_damage({id, what, {}});
            });
    }
}

}  // namespace mailkeep::sync
