// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/indexing.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/heap.hpp"
#include "mailkeep/base/log.hpp"

#include "summaries.hpp"

#include <algorithm>
#include <future>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace mailkeep::sync {

namespace {

/// Of a step: so many are read in the order in which they stand on the disk, since those of one day
/// may be spread over all of it, and so much text is held before it is written.
constexpr std::size_t step_messages = 2000;
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

/// What one step read, and the messages that could not be.
struct Step {
    std::vector<MessageSummary> summaries;
    std::vector<std::pair<ContentId, std::string>> damaged;
};

/// Messages are read one at a time, and their words collected up to the bounds of a step.
Step read_step(const archive::Archive& archive, std::vector<StoredMessage> waiting,
               const Attachments& attachments) {
    Step step;
    std::size_t octets = 0;
    for (const auto& message : in_order_of_place(std::move(waiting))) {
        if (octets >= step_octets || attachments.stop.stop_requested()) {
            break;
        }
        try {
            step.summaries.push_back(summarize_twice(archive, message, attachments));
            octets += step.summaries.back().text.size();
        } catch (const Error& error) {
            if (error.code() == Errc::cancelled) {
                break;
            }
            if (error.code() != Errc::corrupt) {
                throw;
            }
            log_warning("index.unreadable", {{"id", message.content_id.hex()}});
            step.damaged.emplace_back(message.content_id, error.what());
        }
    }
    return step;
}

/// What waits but for what is about to be written.
template <class Target>
std::vector<StoredMessage> waiting_besides(Target& target, const Step& step) {
    auto waiting = target.unindexed(step_messages + step.summaries.size());
    std::set<ContentId> taken;
    for (const auto& summary : step.summaries) {
        taken.insert(summary.content_id);
    }
    std::erase_if(waiting, [&](const auto& message) { return taken.contains(message.content_id); });
    return waiting;
}

/// While the words of one step are written the next one is read. `target` is used by one thread at
/// a time.
template <class Target, class Damage>
std::uint64_t take_in(const archive::Archive& archive, Target& target,
                      const Attachments& attachments, const std::function<void()>& between,
                      const Damage& damage) {
    std::uint64_t indexed = 0;
    Step step;
    while (!attachments.stop.stop_requested()) {
        auto waiting = waiting_besides(target, step);
        if (waiting.empty() && step.summaries.empty()) {
            break;
        }
        std::future<void> written;
        if (!step.summaries.empty()) {
            written = std::async(std::launch::async, [&] { target.index(step.summaries); });
        }
        auto next = read_step(archive, std::move(waiting), attachments);
        if (written.valid()) {
            written.get();
            indexed += step.summaries.size();
            between();
        }
        for (const auto& [id, what] : next.damaged) {
            damage(id, what);
        }
        step = std::move(next);
        trim_heap();  // of decoded blocks and the texts that were written
    }
    return indexed;
}

}  // namespace

std::uint64_t index_pending(Keeper& keeper, const std::stop_token& stop,
                            const std::function<void()>& between, extract::Extractor* extractor) {
    return take_in(keeper.archive(), keeper, {extractor, stop}, between,
                   [&](const auto& id, const auto& what) { keeper.note_damage(id, what); });
}

void index_all(const archive::Archive& archive, catalog::Catalog& catalog,
               extract::Extractor* extractor) {
    take_in(
        archive, catalog, {extractor, {}}, [] {},
        [&](const auto& id, const auto& what) {
            catalog.note_damage({id, what, {}});
        });
}

}  // namespace mailkeep::sync
