// SPDX-License-Identifier: Apache-2.0
// All packs of an archive: which of them count, which batches they cover, in which one a blob or a
// message stands. There is no list of packs anywhere: what stands in the folder decides.
//
// A pack counts when it closes a group or is named by a pack that does, and no pack replaces it. So
// a rewrite that was cut off leaves packs that do not count, and one that came to its end leaves
// packs that count no more; both may go.
#pragma once

#include "durable_file.hpp"
#include "id_index.hpp"
#include "pack_reader.hpp"
#include "timeline.hpp"

#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::archive {

struct KnownPack {
    std::string name;  ///< below DATA
    Digest digest;
    std::uint64_t size = 0;
    PackSeal seal;    ///< as written, or made of what can be read
    PackGroup group;  ///< likewise
    bool counts = false;
    bool is_replaced = false;  ///< by a pack that stands in the folder
    bool is_damaged = false;   ///< or could not be read; looked at again when it has changed
};

/// Which batches have their events in packs that count.
struct PackCoverage {
    Tip whole;                 ///< all batches from the first to this one
    std::uint64_t newest = 0;  ///< more than whole: packs are missing between
};

/// Borrows disk, which must outlive it. Any thread. The folder is looked at when first needed and
/// when told to.
class PackSet {
  public:
    PackSet(Disk& disk, std::filesystem::path data, std::string archive_uuid, const DataKey& key);
    ~PackSet();
    PackSet(const PackSet&) = delete;
    PackSet& operator=(const PackSet&) = delete;

    /// Looks at the folder again: what this or another process made or took away.
    void refresh();

    /// All there are, in the order of the batches their messages are from.
    [[nodiscard]] std::vector<KnownPack> all();
    /// Those that count.
    [[nodiscard]] std::vector<KnownPack> counting();
    [[nodiscard]] PackCoverage coverage();

    class Open;
    /// A pack to read from, whether it counts or not; the open ones are shared.
    [[nodiscard]] Open open(const std::string& name);

    /// Where a message stands in a pack that counts. Error{corrupt} when contents cannot be read.
    [[nodiscard]] std::optional<StoredMessage> find(const ContentId& content_id);
    /// Where a message came from first, as far as contents of packs that count can be read; one
    /// that is gone too.
    [[nodiscard]] std::optional<Origin> first_origin(const ContentId& content_id);
    /// Packs that count and may hold the blob, by name.
    [[nodiscard]] std::vector<std::string> holders(const BlobId& id);

  private:
    struct Shared;

    /// What a pack was when it was looked at.
    struct Surveyed {
        std::filesystem::file_time_type written;
        std::size_t blobs = 0;
        bool has_failed = false;  // the disk did; it may succeed the next time
        bool are_messages_known = false;
    };

    void refresh_locked();
    [[nodiscard]] std::vector<KnownPack> all_locked();
    [[nodiscard]] std::vector<KnownPack> counting_locked();
    /// Looks at the pack, to be known at this place in packs_.
    void survey(const std::string& name, std::size_t place);
    [[nodiscard]] bool is_to_be_surveyed_again(std::size_t place) const;
    void decide();
    void index_contents();
    [[nodiscard]] std::vector<std::string> holders_of_message(const ContentId& content_id);
    [[nodiscard]] Shared& take(const std::string& name);

    Disk& disk_;
    std::filesystem::path data_;
    std::string archive_uuid_;
    DataKey key_;
    std::mutex mutex_;  // guards all below
    bool is_surveyed_ = false;
    std::vector<KnownPack> packs_;    // those that are gone keep their place, without name
    IdIndex blobs_;                   // to places in packs_
    IdIndex messages_;                // likewise
    std::vector<Surveyed> surveyed_;  // beside packs_
    std::uint64_t surveys_ = 0;
    std::optional<PackCoverage> coverage_;
    std::list<Shared> open_;  // used lately first
};

/// Keeps a pack open while it lives. One thread.
class PackSet::Open {
  public:
    Open(PackSet& set, Shared& shared) : set_(&set), shared_(&shared) {}

    ~Open();
    Open(Open&& other) noexcept;
    Open& operator=(Open&&) = delete;

    /// False when there is no such file any more.
    [[nodiscard]] bool is_there() const { return (**this).size() > 0; }

    [[nodiscard]] const PackReader& operator*() const;

    [[nodiscard]] const PackReader* operator->() const { return &**this; }

  private:
    PackSet* set_;
    Shared* shared_;
};

/// Blobs from wherever they stand, for one call at a time. Borrows the set. One thread.
class BlobFinder {
  public:
    explicit BlobFinder(PackSet& set) : set_(set) {}

    /// Null when no pack has it, those left out by name not asked. What it returns stays open for a
    /// while, long enough for any message.
    [[nodiscard]] const PackReader* find(const BlobId& id,
                                         const std::set<std::string>& without = {});

    [[nodiscard]] FindBlob as_function() {
        return [this](const BlobId& id) { return find(id); };
    }

  private:
    PackSet& set_;
    std::list<PackSet::Open> packs_;
};

/// All messages of a pack, from its CONTENTS or else from its records. Error{corrupt} when neither
/// can be read.
[[nodiscard]] std::vector<PackedMessage> contents_of(const PackReader& pack, PackSet& set);

}  // namespace mailkeep::archive
