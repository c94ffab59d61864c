// SPDX-License-Identifier: Apache-2.0
// Sealing, merging and compacting are one thing: messages and history of closed journals and of
// packs are written into new packs, alike ones side by side, each attachment once in the archive.
// The new packs are a group. It counts from the moment its last pack has its name; before that
// every message of it has been read back from the disk and rebuilt. A crash at any moment leaves
// the sources, and of the group all or nothing that counts.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include "durable_file.hpp"
#include "pack_set.hpp"
#include "pack_writer.hpp"
#include "sort_key.hpp"
#include "timeline.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::archive {

struct RewriteSources {
    std::vector<JournalFile> journals;  ///< closed and whole, one after another
    Tip before;                         ///< the last batch before those of the journals
    std::uint64_t last = 0;             ///< batch of the journals
    std::vector<KnownPack> packs;       ///< that count, side by side
};

/// One rewrite. Borrows disk, reserve and set, which must outlive it. One thread.
class Rewrite {
  public:
    Rewrite(Disk& disk, const Reserve& reserve, const PackPlan& plan, PackSet& set,
            const RewriteOptions& options, const std::stop_token& stop);
    /// Packs that were made and cannot count are removed.
    ~Rewrite();
    Rewrite(const Rewrite&) = delete;
    Rewrite& operator=(const Rewrite&) = delete;

    /// Once. Throws Error{corrupt} for a source that is damaged, Error{storage}, Error{cancelled}.
    [[nodiscard]] Rewritten run(const Timeline& journals, const RewriteSources& sources);

  private:
    /// A message that waits to be written together with those that are alike.
    struct Waiting {
        SortKey key;
        Origin origin;
        ContentId content_id;
        std::string raw;
    };

    /// Where and when a message was seen.
    struct Hint {
        std::uint32_t mailbox = 0;
        Timestamp at{};
    };

    using PacksOfBlobs = std::map<BlobId, std::string>;

    void require_patience() const;
    void note_hints(const std::vector<Event>& events);
    void copy_foreign_blobs(const std::vector<KnownPack>& packs);
    [[nodiscard]] PacksOfBlobs packs_of_blobs(const std::vector<KnownPack>& packs);
    void copy_blobs_used_by(const KnownPack& pack, PacksOfBlobs& ours);
    void read_pack_hints(const std::vector<KnownPack>& packs);
    void add_pack(const KnownPack& pack);
    void add_journals(const Timeline& journals, const RewriteSources& sources);
    void add(const ContentId& content_id, Origin origin, std::string raw);
    void write_waiting();
    void write(const ContentId& content_id, Origin origin, std::string_view raw);
    void add_history(const Timeline& journals, const RewriteSources& sources);
    void finish_pack(PackGroup group);
    [[nodiscard]] bool holds(const BlobId& id);
    [[nodiscard]] const PackReader* find_blob(const BlobId& id);

    Disk& disk_;
    const Reserve& reserve_;
    PackPlan plan_;
    PackSet& set_;
    const RewriteOptions& options_;
    std::stop_token stop_;
    std::string group_;              // uuid
    std::vector<Digest> before_;     // packs that the group names: carried over, then made
    std::set<std::string> sources_;  // packs
    std::uint32_t epoch_ = 0;        // the highest of the sources
    std::unique_ptr<PackWriter> writer_;
    std::vector<std::unique_ptr<PackReader>> made_;
    std::vector<Pack> described_;  // beside made_
    /// Of packs that got their name or may have: taken down before, as there may be no memory
    /// after.
    std::vector<std::filesystem::path> paths_;
    bool may_count_ = false;           // the last pack may have got its name
    BlobFinder blobs_;                 // outside the group
    std::map<BlobId, bool> is_sound_;  // blobs outside the group that were read once
    std::map<ContentId, Hint> hints_;
    std::map<std::pair<std::int64_t, std::string>, std::uint32_t> mailboxes_;
    std::vector<Waiting> waiting_;
    std::uint64_t waiting_octets_ = 0;
};

/// How others see a pack.
[[nodiscard]] Pack describe(const std::string& name, std::uint64_t size, const PackSeal& seal);

}  // namespace mailkeep::archive
