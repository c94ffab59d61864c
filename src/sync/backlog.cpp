// SPDX-License-Identifier: Apache-2.0
#include "backlog.hpp"

#include "mailkeep/sync/ingest.hpp"

#include <utility>

namespace mailkeep::sync {

namespace {

/// Of a group: what bounds the memory of two, and how long whoever asks the catalog may wait.
constexpr std::size_t most_messages = 4000;
constexpr std::size_t most_events = 10'000;
constexpr std::chrono::seconds longest{10};

// Two groups, of which the last batch was too much, and two batches of an ingest.
static_assert(2 * (most_events + batch_placements) + 2 * batch_placements <= most_events_behind);

}  // namespace

Backlog::Backlog(Apply apply) : apply_(std::move(apply)) {}

void Backlog::push(BacklogEntry entry, Timestamp now) {
    filling_.events += entry.batch.events.size();
    {
        const std::lock_guard lock(mutex_);
        for (const auto& message : entry.batch.messages) {
            filling_.ids.insert(message.content_id);
        }
    }
    filling_.entries.push_back(std::move(entry));
    if (!is_due(now)) {
        return;
    }
    join();
    begin();
}

void Backlog::begin() {
    {
        const std::lock_guard lock(mutex_);
        std::swap(filling_, applying_);
    }
    is_applied_ = false;
    thread_ = std::async(std::launch::async, [this] {
        apply_(applying_.entries);
        is_applied_ = true;
    });
}

bool Backlog::is_due(Timestamp now) const {
    return filling_.ids.size() >= most_messages || filling_.events >= most_events ||
           now - filling_.entries.front().batch.at >= longest;
}

/// Nothing of what is behind a group that failed may be applied before it.
void Backlog::join() {
    if (!thread_.valid()) {
        return;
    }
    thread_.wait();
    clear(applying_);
    if (!is_applied_) {
        clear(filling_);
    }
    thread_.get();
}

void Backlog::settle() {
    join();
    if (!filling_.entries.empty()) {
        begin();
        join();
    }
}

void Backlog::clear(Group& group) {
    group.entries.clear();
    group.events = 0;
    const std::lock_guard lock(mutex_);
    group.ids.clear();
}

bool Backlog::contains(const ContentId& content_id) const {
    const std::lock_guard lock(mutex_);
    return filling_.ids.contains(content_id) || applying_.ids.contains(content_id);
}

}  // namespace mailkeep::sync
