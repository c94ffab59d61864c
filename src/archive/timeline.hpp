// SPDX-License-Identifier: Apache-2.0
// The journal files as one sequence of batches: which files there are, which of their batches
// count, and which was the last.
//
// A batch counts when it is whole and no later file says otherwise. The header of each file names
// the last batch that counted when the file was begun (batch_before): batches of earlier files with
// a higher number are void. So a commit that failed although its octets did reach the disk is
// overruled by the file begun after it, in which its number is given anew. As long as no later file
// stands, such a batch is whole, proven to be on the disk, and counts.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/model/event.hpp"

#include "durable_file.hpp"
#include "frame.hpp"
#include "scan.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::archive {

struct JournalFile {
    /// unfinished: a crash came while it was made; no batch can be in it.
    enum class State { usable, unfinished, damaged };

    std::string name;  ///< below DATA
    State state = State::usable;
    FileHeader header;   ///< when usable
    FrameCodec codec;    ///< when usable
    std::string damage;  ///< when damaged; when usable only that of the header's first copy
    std::uint64_t size = 0;
};

/// All journal files in the order of writing; nothing when the folder cannot be read.
[[nodiscard]] std::optional<std::vector<JournalFile>> survey_journals(
    Disk& disk, const std::filesystem::path& data, std::string_view archive_uuid,
    const DataKey& key);

/// The last batch that counts.
struct Tip {
    std::uint64_t number = 0;
    Digest digest;  ///< zeros when it cannot be found
};

/// as_found: for reading. settled: for writing on from there; what a crash may have left in the
/// page cache only is synced and read from the disk before it counts.
enum class TipSearch { as_found, settled };

/// A set of journal files to be read. Borrows disk, which must outlive it.
class Timeline {
  public:
    /// Throws Error{corrupt} when the folder cannot be read.
    Timeline(Disk& disk, std::filesystem::path data, std::string_view archive_uuid,
             const DataKey& key);

    [[nodiscard]] const std::vector<JournalFile>& files() const { return files_; }

    /// `sealed` is the last batch that packs hold, which journals need not hold any more. Nothing
    /// when a file has been removed meanwhile: its batches are in a pack now. Throws Error{corrupt}
    /// when it cannot be told, Error{storage}.
    [[nodiscard]] std::optional<Tip> find_tip(TipSearch search, const Tip& sealed) const;

    /// A batch that counts, where it stands.
    struct PlacedBatch {
        const JournalFile& journal;
        const ReadableFile& file;
        const Scan& scan;
        const FoundBatch& found;
    };

    using BatchVisitor = std::function<void(const PlacedBatch&)>;

    /// Batches after.number < number <= last; of BLOCK frames not even the tags are read. Returns
    /// the last one visited, which is earlier than `last` only when a file has been removed
    /// meanwhile. Throws Error{corrupt} at the first damage.
    Tip for_each_placed(const Tip& after, std::uint64_t last, const BatchVisitor& visit) const;
    /// Likewise, read.
    Tip for_each_batch(const Tip& after, std::uint64_t last,
                       const std::function<void(const CommittedBatch&)>& sink) const;

    /// What is wrong with the batches of files()[index] up to `last`; every tag is checked.
    [[nodiscard]] std::optional<Finding> damage_in(std::size_t index, std::uint64_t last) const;

    /// When a batch was committed; nothing when it cannot be read here.
    [[nodiscard]] std::optional<Timestamp> time_of(std::uint64_t number) const;

    /// Batches of files()[index] above this number are void; nothing when no later file says so.
    [[nodiscard]] std::optional<std::uint64_t> void_above(std::size_t index) const;

  private:
    [[nodiscard]] bool is_removed(const JournalFile& journal) const;
    [[nodiscard]] std::optional<CommitRecord> find_batch(std::uint64_t number,
                                                         std::size_t before_file) const;
    [[nodiscard]] std::optional<Finding> visit_file(const JournalFile& journal, ScanDepth depth,
                                                    std::uint64_t last, Tip& place,
                                                    const BatchVisitor& visit) const;

    Disk& disk_;
    std::filesystem::path data_;
    std::vector<JournalFile> files_;
};

/// Whether a batch may follow the one before it; a digest of zeros stands for "not known".
[[nodiscard]] bool follows(const Digest& before, const Digest& digest_of_last);

}  // namespace mailkeep::archive
