// SPDX-License-Identifier: Apache-2.0
// The journal being written: one new file, its batches appended, synced and proven one by one.
// After any failure the object is thrown away and the file never written to again.
#pragma once

#include "mailkeep/archive/archive.hpp"

#include "durable_file.hpp"
#include "frame.hpp"
#include "manifest.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

inline constexpr std::string_view journal_folder = "journal";

/// Below DATA: "journal/0000000001-000001.mkj".
[[nodiscard]] std::string journal_name(std::uint32_t epoch, std::uint32_t n);
/// The epoch in such a name, the folder left out; nothing when it is the name of something else.
[[nodiscard]] std::optional<std::uint32_t> epoch_in(std::string_view file_name);

struct WrittenBatch {
    CommittedBatch batch;
    CommitRecord commit;
    std::uint64_t begin = 0;  ///< offset in the file
};

/// Borrows disk and reserve, which must outlive it. One thread.
class Journal {
  public:
    /// Makes the file DATA/name; it is durable, entry in the folder included, after start(). The
    /// archive's key, empty when it is not encrypted.
    Journal(Disk& disk, const Reserve& reserve, const std::filesystem::path& data,
            const FileHeader& header, const DataKey& key);
    /// A file in which no batch ever counted is removed: on a full disk each attempt would leave
    /// one behind.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void start();
    /// All frames of the batch, then its COMMIT, then sync.
    [[nodiscard]] WrittenBatch append(const Batch& batch, std::uint64_t number, Timestamp at,
                                      const Digest& before);
    /// Reads the batch written last through a fresh descriptor past the page cache, rebuilds every
    /// message and compares. From here on the batch counts. Throws Error{storage}.
    void prove(const WrittenBatch& written);

    /// Whether the next batch should go into a new file.
    [[nodiscard]] bool is_full(Timestamp now) const;

  private:
    enum class State { empty, whole, uncertain };

    Disk& disk_;
    FileHeader header_;
    FrameCodec codec_;
    Compressor compressor_;
    std::string name_;
    DurableFile file_;
    State state_ = State::empty;
    bool has_batches_ = false;
    std::uint64_t frames_ = 0;
    Timestamp first_batch_at_{};
};

}  // namespace mailkeep::archive
