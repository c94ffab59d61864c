// SPDX-License-Identifier: Apache-2.0
// The archive: every message and every event, in append-only files that need nothing else to be
// read. Format: src/archive/FORMAT.md. The only code that writes mail to a disk.
#pragma once

#include "mailkeep/archive/keys.hpp"
#include "mailkeep/model/event.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

class Disk;

/// What is committed together: all of it or nothing.
class Batch {
  public:
    /// Adds a message and returns its id; the same octets again in this batch are added once.
    ContentId add_message(std::string raw);

    void add_event(Event event) { events_.push_back(std::move(event)); }

    [[nodiscard]] bool empty() const { return messages_.empty() && events_.empty(); }

    [[nodiscard]] std::uint64_t octets() const { return octets_; }

    /// The octets of a message added before; Requires: it was.
    [[nodiscard]] const std::string& raw(const ContentId& content_id) const;

    struct Message {
        ContentId content_id;
        std::string raw;
    };

    [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }

    [[nodiscard]] const std::vector<Event>& events() const { return events_; }

  private:
    std::vector<Message> messages_;
    std::map<ContentId, std::size_t> places_;  // in messages_
    std::vector<Event> events_;
    std::uint64_t octets_ = 0;
};

enum class Access { read_only, read_write };

/// One thing found wrong, named so that a person can act on it.
struct Finding {
    std::string object;  ///< "journal/… frame at 4096", "message <id>"
    std::string what;
};

struct Verdict {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;  ///< of the files read
    std::uint64_t last_batch = 0;
    std::vector<Finding> damaged;
    std::vector<Finding> notes;  ///< no damage: a torn tail that was never acknowledged
};

enum class Depth { quick, full };

/// Reading is safe from any thread; commit() from one at a time. read_write holds DATA/lock.
class Archive {
  public:
    /// Makes the folder and an empty archive in it. Error{conflict} when there is one.
    static void create(const std::filesystem::path& data);
    /// Error{not_found} where no archive is, Error{in_use} when another process writes to it,
    /// Error{corrupt} when ARCHIVE cannot be read. A torn tail is left as it is: writing goes on in
    /// a new file.
    Archive(const std::filesystem::path& data, Access access, const DataKey& key = {});
    /// With other system calls than the real ones: for tests that make them fail
    /// (src/archive/durable_file.hpp). The disk must outlive the archive.
    Archive(const std::filesystem::path& data, Access access, Disk& disk, const DataKey& key = {});
    ~Archive();
    Archive(Archive&&) noexcept;
    Archive& operator=(Archive&&) noexcept;

    /// Returns once the batch is durable *and* read back: appended, synced, directory entry synced,
    /// read through a fresh descriptor past the page cache, every message rebuilt and its SHA-256
    /// equal to its content_id. On Error{storage} or Error{corrupt} nothing counts as archived, the
    /// file is never written to again and the next commit starts a new one.
    [[nodiscard]] CommittedBatch commit(const Batch& batch, Timestamp at);

    /// The exact octets. Error{corrupt} naming file and frame when their SHA-256 is not the id.
    [[nodiscard]] std::string get(const StoredMessage& message) const;

    /// Every committed batch with number > after, ascending. Error{corrupt} at the first damage.
    void for_each_batch(std::uint64_t after,
                        const std::function<void(const CommittedBatch&)>& sink) const;

    /// Number of the last committed batch, 0 for none. A caller who remembers a higher one must not
    /// commit: damage to the very end of the archive looks like a batch that was never committed,
    /// and commit() gives its number away again. Error{corrupt} when the last file is unreadable.
    [[nodiscard]] std::uint64_t last_batch() const;

    /// quick: structure, checksums of every frame, batch numbers without gaps. full: every message
    /// rebuilt and re-hashed as well. Never stops at the first damage.
    [[nodiscard]] Verdict verify(Depth depth) const;

    [[nodiscard]] const std::filesystem::path& data() const;
    [[nodiscard]] std::string uuid() const;
    /// Octets of all files of the archive on the disk.
    [[nodiscard]] std::uint64_t size_on_disk() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::archive
