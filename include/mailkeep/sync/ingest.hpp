// SPDX-License-Identifier: Apache-2.0
// What a run hands in: messages with the place they were seen at, and events, collected into
// batches. A full one is kept on a thread of its own, in order, while the next one fills; the one
// before must be kept by then, so memory holds two. One per run, one thread.
#pragma once

#include "mailkeep/model/event.hpp"
#include "mailkeep/sync/keeper.hpp"

#include <future>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::sync {

/// Batches close at these sizes; every flush() closes one.
inline constexpr std::uint64_t batch_octets = 4U << 20U;
inline constexpr std::size_t batch_messages = 2000;
inline constexpr std::size_t batch_placements = 5000;
/// Of what was handed in, the catalog lacks no more than the last so many events.
inline constexpr std::size_t most_events_behind = 40'000;
/// Over a slow line mail is not kept waiting for a batch to fill.
inline constexpr std::chrono::seconds batch_age{10};

/// What a batch failed with is thrown by the next call that needs it to be kept: add, place or
/// flush. Then it is gone, for a batch that failed is not tried again under the same run.
class Ingest {
  public:
    /// Borrows the keeper and a catalog of this thread, which must outlive it. Of the run, id,
    /// account, kind and start matter.
    Ingest(Keeper& keeper, const catalog::Catalog& catalog, const Run& run);

    /// A message that was seen; seen.content_id is filled in here. Octets the archive holds already
    /// are not stored again. Returns the content id.
    ContentId add(Seen seen, std::string raw);
    /// The same; seen.content_id is that of the octets already.
    void add_digested(Seen seen, std::string raw);
    /// The same of a large message; on return all that was handed in is archived and catalogued.
    /// Requires: the spool is closed.
    void add_large(Seen seen, const Spool& spool);

    /// The same of a message whose octets are known to be archived already.
    void place(Seen seen);

    void note(decltype(Event::what) what);

    /// On return all that was handed in is archived; the catalog follows.
    void secure();
    /// On return all that was handed in is archived and catalogued.
    void flush();

    /// Notes how and when the run ended, if it changed anything, and flushes. The counts of `run`
    /// become those of this ingest. Requires: run.finished.
    void finish(Run& run);

    [[nodiscard]] RunCounts& counts() { return counts_; }

    [[nodiscard]] Keeper& keeper() { return keeper_; }

  private:
    /// Whether its octets are to be stored. Requires: seen.content_id is theirs.
    [[nodiscard]] bool count(const Seen& seen, std::uint64_t octets);
    /// Requires: it is in the batch.
    void summarize(const ContentId& content_id);
    void push(decltype(Event::what) what, Timestamp at);
    void hand_over();
    void wait();

    Keeper& keeper_;
    const catalog::Catalog& catalog_;
    RunId run_;
    AccountId account_;
    RunKind kind_;
    Timestamp started_;
    RunCounts counts_;
    archive::Batch batch_;
    std::vector<MessageSummary> summaries_;  // of its messages; made here to keep it sooner
    std::future<void> keeping_;              // the batch before; waits for it when it goes
    std::set<ContentId> being_kept_;         // its messages
    unsigned batches_ = 0;                   // that were kept
    Timestamp batch_began_{};
    bool has_started_ = false;  // RunStarted was noted
};

}  // namespace mailkeep::sync
