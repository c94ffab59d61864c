// SPDX-License-Identifier: Apache-2.0
// Copies of archive files from one disk to another, proven by reading them back: whole ones that
// are there or not, and journals that only grow.
#pragma once

#include "mailkeep/base/crypto.hpp"

#include "durable_file.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace mailkeep::archive {

/// SHA-256 of octets [from, to); nothing when they cannot be read or are fewer.
[[nodiscard]] std::optional<Digest> digest_of_range(const ReadableFile& file, std::uint64_t from,
                                                    std::uint64_t to);

/// The first offset in [from, end) at which the files differ or one cannot be read; `end` when they
/// do not.
[[nodiscard]] std::uint64_t first_difference(const ReadableFile& a, const ReadableFile& b,
                                             std::uint64_t from, std::uint64_t end);

enum class CopyOutcome { copied, unreadable, unexpected };

/// Puts the first `size` octets of source under the name `target`, in the place of what stands
/// there: written to a draft, synced, read back past the page cache, renamed, folder synced.
/// unreadable, unexpected: the source cannot be read, or its SHA-256 is not `expected`; `target` is
/// as it was. Throws Error{storage}, also when the copy reads back as something else.
[[nodiscard]] CopyOutcome copy_file(Disk& disk, const Reserve& reserve, const ReadableFile& source,
                                    std::uint64_t size, const std::filesystem::path& target,
                                    const std::optional<Digest>& expected = std::nullopt);

/// Appends octets [from, to) of source to target, which has `from` octets, the same as source's.
/// Proven and durable on return. A crash leaves a mark beside target: see is_growing().
[[nodiscard]] CopyOutcome extend_file(Disk& disk, const Reserve& reserve,
                                      const ReadableFile& source, std::uint64_t from,
                                      std::uint64_t to, const std::filesystem::path& target);

/// Whether extending the file has begun and not come to its end: any octets may stand behind those
/// that stood there before.
[[nodiscard]] bool is_growing(const std::filesystem::path& target);
/// Takes the mark away.
void has_grown(Disk& disk, const std::filesystem::path& target);

}  // namespace mailkeep::archive
