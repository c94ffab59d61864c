// SPDX-License-Identifier: Apache-2.0
// What a batch says in the log: one line of ASCII for each message, in their order, then one for
// each event, then one for the batch itself. The log keeps their hashes only; whoever has the
// archive can make the lines again. Pure.
#pragma once

#include "mailkeep/model/event.hpp"

#include <string>
#include <vector>

namespace mailkeep::archive {

/// Says nothing of the batch: which one it is tells the next batch entry, and so an entry whose
/// message has expired can be made again from the content id alone.
[[nodiscard]] std::string message_entry(const ContentId& content_id);
/// Holds the SHA-256 of the event's record as FORMAT.md describes it.
[[nodiscard]] std::string event_entry(const Event& event);
[[nodiscard]] std::string batch_entry(const CommittedBatch& batch);

/// The hashes of all entries of a batch.
[[nodiscard]] std::vector<Digest> entry_hashes(const CommittedBatch& batch);

}  // namespace mailkeep::archive
