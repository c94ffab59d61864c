// SPDX-License-Identifier: Apache-2.0
// What an archive holds, read from journals and packs alike. A batch is taken from a pack when some
// pack that counts has its events, else from its journal. Other threads, and the process that
// writes, may seal and take files away at any moment: what has gone is looked for anew.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include "block_cache.hpp"
#include "durable_file.hpp"
#include "pack_set.hpp"
#include "timeline.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// Borrows disk, which must outlive it. Any thread.
class ArchiveReader {
  public:
    /// Who writes has other uses for the memory, and reads mostly what he wrote last.
    ArchiveReader(Disk& disk, std::filesystem::path data, std::string archive_uuid,
                  const DataKey& key, Access access);

    /// The last batch that counts.
    [[nodiscard]] Tip find_tip(TipSearch search);

    void for_each_batch(std::uint64_t after, std::uint64_t last,
                        const std::function<void(const CommittedBatch&)>& sink);

    /// Among batches up to `last`; bodies of messages are not read.
    [[nodiscard]] std::optional<std::uint64_t> first_batch_with(const ContentId& content_id,
                                                                std::uint64_t last);

    [[nodiscard]] std::string get(const StoredMessage& message);
    void read(const StoredMessage& message, const OctetSink& sink);
    [[nodiscard]] bool is_whole(const StoredMessage& message);

    [[nodiscard]] Timeline timeline() const;

    [[nodiscard]] PackSet& packs() { return packs_; }

  private:
    /// False, after some octets may have been given, when they are not there whole.
    [[nodiscard]] bool read_at_place(const StoredMessage& message, const OctetSink& sink);
    [[nodiscard]] bool read_from_journal(const StoredMessage& message, const OctetSink& sink);
    [[nodiscard]] bool read_from_pack(const StoredMessage& message, const OctetSink& sink);
    [[nodiscard]] std::optional<StoredMessage> find_elsewhere(const StoredMessage& message);
    [[nodiscard]] FrameCodec codec_of(const ReadableFile& file) const;

    Disk& disk_;
    std::filesystem::path data_;
    std::string archive_uuid_;
    DataKey key_;
    PackSet packs_;
    BlockCache blocks_;
};

}  // namespace mailkeep::archive
