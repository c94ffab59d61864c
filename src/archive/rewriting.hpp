// SPDX-License-Identifier: Apache-2.0
// What an archive does about its packs: it seals, merges, compacts, and puts away what is not
// needed any more. One at a time, beside commits.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include "archive_files.hpp"
#include "archive_reader.hpp"
#include "pack_writer.hpp"
#include "sealer.hpp"

#include <cstdint>
#include <span>
#include <stop_token>

namespace mailkeep::archive {

/// Borrows disk, reserve and reader, which must outlive it.
class Rewriting {
  public:
    /// `closed` is the last batch before the journal that may still grow.
    Rewriting(Disk& disk, const Reserve& reserve, ArchiveReader& reader, std::uint64_t closed,
              PackPlan plan);

    // As in archive.hpp
    [[nodiscard]] Rewritten seal(const RewriteOptions& options, const std::stop_token& stop);
    [[nodiscard]] Rewritten merge(const RewriteOptions& options, const std::stop_token& stop);
    [[nodiscard]] Rewritten compact(const RewriteOptions& options, const std::stop_token& stop);
    /// Only what is superfluous goes, whatever else is named.
    void retire(const Rewritten& rewritten);

  private:
    [[nodiscard]] Rewritten rewrite(const RewriteSources& sources, const Timeline& journals,
                                    const RewriteOptions& options, const std::stop_token& stop);
    void clear_leftovers();
    [[nodiscard]] bool is_elsewhere(const KnownPack& pack, const Timeline& journals);
    void sync_packs();
    void put_into_trash(std::span<const std::string> packs);

    Disk& disk_;
    const Reserve& reserve_;
    ArchiveReader& reader_;
    std::uint64_t closed_;
    PackPlan plan_;
};

[[nodiscard]] Archive::Backlog backlog_of(ArchiveReader& reader, std::uint64_t closed);
[[nodiscard]] Rewritten superfluous_in(ArchiveReader& reader, std::uint64_t closed);

}  // namespace mailkeep::archive
