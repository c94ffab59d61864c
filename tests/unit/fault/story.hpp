// SPDX-License-Identifier: Apache-2.0
// The small story every fault is tried on: a server with three messages, two of them with the same
// attachment under other wrappings, backed up in three batches. What must come of it is known
// without running anything.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mailkeep::fault {

inline constexpr int last_batch = 3;

/// Octets of message 1 to 5: 2 and 3 have one attachment under other wrappings, 4 and 5 another.
[[nodiscard]] const std::string& mail(int number);
/// What is committed as batch `number`; those behind `last_batch` are for scenes that want more.
[[nodiscard]] archive::Batch batch_of(int number);
[[nodiscard]] Timestamp time_of_batch(int number);

/// An empty archive that is never short of room.
void make_archive(const std::filesystem::path& data, const archive::DataKey& key = {});

/// What is wrong with the first `last` batches, each message fetched; empty when nothing is.
[[nodiscard]] std::string wrong_batches(const archive::Archive& archive, std::uint64_t last);
/// What is told as `event` at the time of this batch.
[[nodiscard]] Event event(int batch, decltype(Event::what) what);
[[nodiscard]] Seen seen(const ContentId& content_id, Uid uid);
/// What a full verify names as damaged.
[[nodiscard]] std::string damage_in(const archive::Archive& archive);

/// Octets of every file that holds mail or events, by name below DATA.
[[nodiscard]] std::map<std::string, std::string> files_of(const std::filesystem::path& data);

}  // namespace mailkeep::fault
