// SPDX-License-Identifier: Apache-2.0
// Reading one pack: what is in it, and messages out of it, exactly as they went in or not at all.
// Header, SEAL and INDEX say where everything stands; where they are damaged, the frames are found
// by searching and say themselves what they are.
#pragma once

#include "mailkeep/model/message.hpp"

#include "durable_file.hpp"
#include "pack_format.hpp"
#include "record_stream.hpp"
#include "segments.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

class PackReader;

/// The pack that holds a blob, to stay open at least until the call that asked returns; null when
/// there is none.
using FindBlob = std::function<const PackReader*(const BlobId&)>;

/// What a record says of itself, and the SHA-256 of what it gives.
struct FoundRecord {
    StoredMessage message;  ///< content_id is computed
    Origin origin;
    bool is_whole = true;  ///< false: it could not be rebuilt, its content_id is not known
};

/// Keeps the file open, and of its contents only the index. Opening never throws: see damage().
/// Borrows disk, which must outlive it. Any thread, as all methods are const.
class PackReader {
  public:
    /// `name` below DATA, need not be that of a finished pack. The key is the archive's.
    PackReader(Disk& disk, const std::filesystem::path& data, std::string name,
               std::string_view archive_uuid, const DataKey& key);

    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] std::uint64_t size() const { return file_.size(); }

    /// What is wrong with header, INDEX or SEAL, one phrase; empty when nothing is.
    [[nodiscard]] const std::string& damage() const { return damage_; }

    /// Whether some octets could not be read from the disk. What looks damaged then may be whole.
    [[nodiscard]] bool has_failed() const { return file_.has_failed(); }

    [[nodiscard]] const FileHeader& header() const { return header_; }

    /// Nothing when it is damaged.
    [[nodiscard]] const std::optional<PackSeal>& seal() const { return seal_; }

    /// As written, or as found by searching the frames; then without group.
    [[nodiscard]] const PackIndex& index() const { return index_; }

    /// From CONTENTS; nothing when a part of it is damaged (then: for_each_record).
    [[nodiscard]] std::optional<std::vector<PackedMessage>> contents() const;

    /// The batches whose events are here, each whole, ascending. False when a part is damaged.
    [[nodiscard]] bool for_each_history(const std::function<void(const HistoryBatch&)>& sink) const;

    /// Size of a blob that stands here.
    [[nodiscard]] std::optional<std::uint64_t> find_blob(const BlobId& id) const;
    /// `size` octets of a blob from `offset` on; false when it does not have them or is damaged,
    /// after some may have been given. Whoever needs the whole of it to be right compares its id.
    [[nodiscard]] bool read_blob(const BlobId& id, std::uint64_t offset, std::uint64_t size,
                                 const OctetSink& sink) const;

    /// The octets of a message, in bounded memory whatever its size. False, after some may have
    /// been given, unless they were all there and their SHA-256 is the content id. Decodes its
    /// block only as far as needed.
    [[nodiscard]] bool read(const StoredMessage& message, const FindBlob& packs,
                            const OctetSink& sink) const;
    /// Likewise, with the whole block decoded and kept for the next call.
    [[nodiscard]] bool read(const StoredMessage& message, const FindBlob& packs,
                            const OctetSink& sink, DecodedBlock& kept) const;

    /// Rebuilds every record that can be found in readable RECORDS frames, without CONTENTS.
    void for_each_record(const FindBlob& packs,
                         const std::function<void(const FoundRecord&)>& sink) const;

    /// Frames whose tag is wrong and stretches that are no frame, in the order of the file; reads
    /// all of it.
    struct Damage {
        std::uint64_t offset = 0;
        std::string what;
    };

    [[nodiscard]] std::vector<Damage> check_frames() const;

    /// A BLOB payload: that with the octets of the blob at `offset`. Nothing when it is damaged.
    [[nodiscard]] std::optional<std::string> read_chunk(const BlobId& id,
                                                        std::uint64_t offset) const;

  private:
    void damaged(std::string_view what);
    void open_header(std::string_view archive_uuid, const DataKey& key);
    void open_seal();
    [[nodiscard]] bool open_index();
    void find_frames();
    [[nodiscard]] std::optional<FoundRecord> rebuild(std::uint64_t frame, std::uint64_t offset,
                                                     const DecodedBlock& block, Trust trust,
                                                     const FindBlob& packs,
                                                     const OctetSink& sink) const;

    std::string name_;
    ReadableFile file_;
    FileHeader header_;
    FrameCodec codec_;
    std::optional<PackSeal> seal_;
    PackIndex index_;
    bool has_index_ = false;               // index_ is as written
    std::map<BlobId, std::size_t> blobs_;  // places in index_.blobs
    std::string damage_;
};

}  // namespace mailkeep::archive
