// SPDX-License-Identifier: Apache-2.0
// Making one pack: messages taken apart into records and blobs, then contents, history, index,
// seal. The file stands under a temporary name until it has been read back from the disk and every
// message in it rebuilt; only then does it get the name by which it counts.
#pragma once

#include "durable_file.hpp"
#include "pack_format.hpp"
#include "pack_reader.hpp"
#include "segments.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mailkeep::archive {

/// Raw octets of a RECORDS frame: the more, the smaller the archive and the slower a single message
/// of it. List mail, with the log, takes 20.97 % of its size with 2.5 MiB, 20.70 % with 3 MiB; to
/// read one message half a frame is decoded at the median. 21 % and 2 ms are what was promised.
inline constexpr std::size_t records_target = std::size_t{5} << 19;

/// Where a pack begins: the folder it will stand in and what its header says.
struct PackPlan {
    std::filesystem::path data;
    std::string archive_uuid;
    std::uint32_t epoch = 0;  ///< the writer's
    DataKey key;              ///< none: not encrypted
    std::size_t block_target = records_target;
    /// A random one when empty. Never the same for two packs, as keys are derived from it.
    std::string file_uuid = {};
};

/// What close() is told; the rest the writer knows.
struct PackEnd {
    PackGroup group;
    std::uint32_t epoch = 0;  ///< for PackSeal::epoch
    Timestamp at{};
    std::uint32_t zstd = zstd_version();
};

struct MadePack {
    std::string name;  ///< "packs/ab/….mkp"
    Digest digest;     ///< of all octets of the file
    std::uint64_t size = 0;
    PackSeal seal;
    PackIndex index;
    std::vector<PackedMessage> contents;
};

/// Whether a blob stands in a pack that counts or in one of the same group.
using HoldsBlob = std::function<bool(const BlobId&)>;

/// Calls in this order: add_message, add_gone and copy_blob as often as wanted, add_history for
/// ascending batches, close, prove, publish. All throw Error{storage} when the disk fails; after
/// any error the pack is given up. One that was not published is removed by the destructor, which
/// never throws. Borrows disk and reserve, which must outlive it. One thread.
class PackWriter {
  public:
    PackWriter(Disk& disk, const Reserve& reserve, const PackPlan& plan);
    ~PackWriter();
    PackWriter(const PackWriter&) = delete;
    PackWriter& operator=(const PackWriter&) = delete;

    /// Requires: content_id is the SHA-256 of raw. Blobs that the pack has not and `is_held` does
    /// not know are stored in it.
    void add_message(const ContentId& content_id, Origin origin, std::string_view raw,
                     const HoldsBlob& is_held);
    /// Keeps the id of a message that is gone for good.
    void add_gone(const ContentId& content_id, Origin origin, std::uint64_t size);
    /// A blob as another pack has it; nothing happens when it is here already. Error{corrupt} when
    /// it cannot be read there.
    void copy_blob(const PackReader& from, const BlobId& id);
    /// Requires: the batch's records are whole ones.
    void add_history(const HistoryBatch& batch);

    [[nodiscard]] bool holds_blob(const BlobId& id) const { return blobs_.contains(id); }

    /// Octets the pack has so far, what waits to be compressed counted raw.
    [[nodiscard]] std::uint64_t size() const;

    [[nodiscard]] std::uint64_t messages() const { return contents_.size(); }

    /// Writes what is left and syncs.
    const MadePack& close(const PackEnd& end);
    /// Reads all of it back past the page cache: octets, tags, contents, every message rebuilt.
    /// Blobs that stand elsewhere come from the packs `packs` finds. Error{corrupt} when anything
    /// is not as it was written.
    void prove(const FindBlob& packs) const;
    /// Gives the file its name, durable on return.
    void publish();

    /// The file as it is called until publish(), below DATA: for readers in the same rewrite.
    [[nodiscard]] const std::string& temporary_name() const { return temporary_name_; }

    /// What close() gave.
    [[nodiscard]] const MadePack& made() const { return made_; }

  private:
    void append(std::string_view octets);
    /// Returns the offset of the frame.
    std::uint64_t append_frame(FrameType type, std::string_view raw, Compressor& compressor);
    void add_blobs(const TakenApart& message, const HoldsBlob& is_held);
    void append_chunk(BlobHead& head, std::string_view chunk);
    void begin_block(std::uint64_t going_on, std::size_t end);
    void add_to_block(std::string_view octets, std::uint64_t& left);
    void end_block();
    void put_history(const HistoryBatch& part);
    void end_history();
    void write_contents();
    void write_index_and_seal(const PackEnd& end);

    [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }

    Disk& disk_;
    PackPlan plan_;
    FileHeader header_;
    FrameCodec codec_;
    std::string temporary_name_;
    DurableFile file_;
    bool is_published_ = false;
    Sha256 hash_;  // of what was appended
    std::vector<Tag> tags_;
    std::vector<PackFrame> frames_;
    std::string block_;          // of the RECORDS frame to come; empty: none was begun
    std::size_t block_end_ = 0;  // its size when it is full
    std::size_t waiting_ = 0;    // in contents_: from here on the frame is not yet known
    std::map<BlobId, PackBlob> blobs_;
    std::vector<PackedMessage> contents_;
    std::vector<PackedMessage> gone_;
    std::string history_;  // of the HISTORY frame to come
    Sha256 history_hash_;  // of all batches added
    PackSeal seal_;
    MadePack made_;
    Digest history_digest_;
    Compressor compressor_;
    Compressor blob_compressor_;
};

}  // namespace mailkeep::archive
