// SPDX-License-Identifier: Apache-2.0
// What the archive has and the catalog is yet to hear of. One group of batches fills while a thread
// applies the group before, each in one transaction: pages of an index by digests are touched
// anywhere, and each commit would write them anew.
#pragma once

#include "mailkeep/model/event.hpp"
#include "mailkeep/model/message.hpp"

#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <span>
#include <vector>

namespace mailkeep::sync {

struct BacklogEntry {
    CommittedBatch batch;
    std::vector<MessageSummary> summaries;
};

/// One thread at a time, but for contains(). Waits for its thread when it goes.
class Backlog {
  public:
    /// Called on any thread, never twice at once, in the order of the batches.
    using Apply = std::function<void(std::span<const BacklogEntry>)>;

    explicit Backlog(Apply apply);

    [[nodiscard]] bool empty() const { return filling_.entries.empty() && !thread_.valid(); }

    /// Throws what applying an earlier group failed with; see settle().
    void push(BacklogEntry entry, Timestamp now);

    /// On return all of it is applied, or has failed: then what failed and all behind it is
    /// forgotten, for the archive has it, and the error is thrown.
    void settle();

    /// Whether the message is of a batch in here. Any thread; a message that no batch in here has
    /// any more has been applied, or has failed.
    [[nodiscard]] bool contains(const ContentId& content_id) const;

  private:
    struct Group {
        std::vector<BacklogEntry> entries;
        std::size_t events = 0;
        std::set<ContentId> ids;  // guarded by mutex_
    };

    [[nodiscard]] bool is_due(Timestamp now) const;
    void begin();
    void join();
    void clear(Group& group);

    Apply apply_;
    mutable std::mutex mutex_;
    Group filling_;
    Group applying_;
    bool is_applied_ = false;   // written by the thread, read when it has ended
    std::future<void> thread_;  // last: waits for it when it goes
};

}  // namespace mailkeep::sync
