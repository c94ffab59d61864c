// SPDX-License-Identifier: Apache-2.0
// Batches put together again from packs: what happened from HISTORY, the messages from the CONTENTS
// of all packs that hold some of the batch. Messages that are gone for good are missing from
// theirs.
#pragma once

#include "pack_set.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// Borrows the set, which must outlive it. One thread.
class SealedBatches {
  public:
    explicit SealedBatches(PackSet& set);

    using Sink = std::function<void(const CommittedBatch&)>;

    /// Batches after.number < number <= last, ascending. Returns the last one given, which is
    /// earlier than `last` only when a pack was taken away meanwhile. Requires: coverage().whole
    /// goes up to last. Throws Error{corrupt} at the first damage.
    Tip for_each(const Tip& after, std::uint64_t last, const Sink& sink);

  private:
    /// A message, and the pack it stands in.
    struct Found {
        Origin origin;
        ContentId content_id;
        std::uint64_t size = 0;
        std::uint64_t frame = 0;  // 0: gone for good
        std::uint64_t offset = 0;
        const KnownPack* pack = nullptr;
    };

    /// By origin. Nothing when a pack is no longer there.
    [[nodiscard]] std::optional<std::vector<Found>> messages_of(const BatchRange& range);
    [[nodiscard]] CommittedBatch put_together(const HistoryBatch& batch,
                                              const std::vector<Found>& messages);

    PackSet& set_;
    std::vector<KnownPack> packs_;
};

}  // namespace mailkeep::archive
