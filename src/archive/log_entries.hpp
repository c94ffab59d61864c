// SPDX-License-Identifier: Apache-2.0
// What a batch says in the log: one line of ASCII for each message, in their order, then one for
// each event, then one for the batch itself. The log keeps their hashes only; whoever has the
// archive can make the lines again, those of messages that are gone too. Pure.
#pragma once

#include "mailkeep/model/event.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// Says nothing of the batch: which one it is tells the next batch entry, and so an entry whose
/// message has expired can be made again from the content id alone.
[[nodiscard]] std::string message_entry(const ContentId& content_id);
/// Of an event's record as FORMAT.md describes it, as it stands in the archive: what is written
/// anew by a later Mailkeep might come out differently.
[[nodiscard]] std::string event_entry(std::string_view record);
[[nodiscard]] std::string batch_entry(const CommittedBatch& batch);

/// How many a batch has, be some of them lost.
[[nodiscard]] std::uint64_t entry_count(const CommittedBatch& batch);
/// The hashes of all of them, in order; nothing when the archive has lost a message's id or an
/// event. Requires: a batch that was read from the archive.
[[nodiscard]] std::optional<std::vector<Digest>> entry_hashes(const CommittedBatch& batch);
/// The place among them of a message's entry.
[[nodiscard]] std::optional<std::uint64_t> place_in(const CommittedBatch& batch,
                                                    const ContentId& content_id);

}  // namespace mailkeep::archive
