// SPDX-License-Identifier: Apache-2.0
#include "file_copy.hpp"

#include "mailkeep/base/error.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mailkeep::archive {

namespace fs = std::filesystem;

namespace {

fs::path mark_of(const fs::path& target) {
    auto mark = target;
    mark += ".growing";
    return mark;
}

fs::path draft_of(const fs::path& target) {
    auto draft = target;
    draft += ".new";
    return draft;
}

/// The next piece of [at, to); nothing when it cannot be read in full.
std::optional<std::string> piece_at(const ReadableFile& file, std::uint64_t at, std::uint64_t to) {
    const auto size = static_cast<std::size_t>(std::min(file_piece, to - at));
    auto piece = file.read(at, size);
    return piece && piece->size() == size ? std::move(piece) : std::nullopt;
}

/// Appends [from, to) of source; the SHA-256 of what was appended, nothing when it cannot be read.
std::optional<Digest> append_range(const ReadableFile& source, std::uint64_t from, std::uint64_t to,
                                   DurableFile& target) {
    if (!source.problem().empty()) {
        return std::nullopt;  // and not a file of no octets
    }
    Sha256 hash;
    for (auto at = from; at < to;) {
        const auto piece = piece_at(source, at, to);
        if (!piece) {
            return std::nullopt;
        }
        target.append(*piece);
        hash.add(*piece);
        at += piece->size();
    }
    return hash.finish();
}

void require_reads_back(Disk& disk, const fs::path& path, std::uint64_t from, std::uint64_t to,
                        const Digest& digest) {
    const ReadableFile file(disk, path);
    file.bypass_cache(from);
    if (digest_of_range(file, from, to) != digest) {
        throw Error(Errc::storage, path.string() + " does not read back as it was written",
                    "Check this disk and the memory of this machine before anything else.");
    }
}

}  // namespace

std::optional<Digest> digest_of_range(const ReadableFile& file, std::uint64_t from,
                                      std::uint64_t to) {
    if (!file.problem().empty()) {
        return std::nullopt;
    }
    Sha256 hash;
    for (auto at = from; at < to;) {
        const auto piece = piece_at(file, at, to);
        if (!piece) {
            return std::nullopt;
        }
        hash.add(*piece);
        at += piece->size();
    }
    return hash.finish();
}

std::uint64_t first_difference(const ReadableFile& a, const ReadableFile& b, std::uint64_t from,
                               std::uint64_t end) {
    const bool are_open = a.problem().empty() && b.problem().empty();
    for (auto at = from; at < end;) {
        const auto left = are_open ? piece_at(a, at, end) : std::nullopt;
        const auto right = left ? piece_at(b, at, end) : std::nullopt;
        if (!left || !right) {
            return at;
        }
        if (*left != *right) {
            const auto differing = std::mismatch(left->begin(), left->end(), right->begin());
            return at + static_cast<std::uint64_t>(differing.first - left->begin());
        }
        at += left->size();
    }
    return end;
}

CopyOutcome copy_file(Disk& disk, const Reserve& reserve, const ReadableFile& source,
                      std::uint64_t size, const fs::path& target,
                      const std::optional<Digest>& expected) {
    const auto draft = draft_of(target);
    // What an earlier attempt may have left.
    static_cast<void>(disk.remove(draft) == 0);
    std::optional<Digest> digest;
    {
        DurableFile file(disk, reserve, draft);
        digest = append_range(source, 0, size, file);
        if (digest && (!expected || digest == expected)) {
            file.sync();
        }
        file.trim();
    }
    if (!digest || (expected && digest != expected)) {
        remove_file(disk, draft);
        return digest ? CopyOutcome::unexpected : CopyOutcome::unreadable;
    }
    require_reads_back(disk, draft, 0, size, *digest);
    rename_file(disk, draft, target);
    sync_folder(disk, target.parent_path());
    return CopyOutcome::copied;
}

CopyOutcome extend_file(Disk& disk, const Reserve& reserve, const ReadableFile& source,
                        std::uint64_t from, std::uint64_t to, const fs::path& target) {
    if (!is_growing(target)) {
        const DurableFile mark(disk, reserve, mark_of(target));
        sync_folder(disk, target.parent_path());
    }
    std::optional<Digest> digest;
    {
        DurableFile file(disk, reserve, target, from);
        digest = append_range(source, from, to, file);
        file.sync();
        file.trim();
    }
    if (!digest) {
        return CopyOutcome::unreadable;
    }
    require_reads_back(disk, target, from, to, *digest);
    has_grown(disk, target);
    return CopyOutcome::copied;
}

bool is_growing(const fs::path& target) {
    std::error_code ignored;
    return fs::exists(mark_of(target), ignored);
}

/// Not synced: a mark that comes back costs one comparison.
void has_grown(Disk& disk, const fs::path& target) {
    if (is_growing(target)) {
        remove_file(disk, mark_of(target));
    }
}

}  // namespace mailkeep::archive
