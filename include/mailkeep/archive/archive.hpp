// SPDX-License-Identifier: Apache-2.0
// The archive: every message and every event, in append-only files that need nothing else to be
// read. Format: src/archive/FORMAT.md. The only code that writes mail to a disk.
#pragma once

#include "mailkeep/archive/keys.hpp"
#include "mailkeep/base/spool.hpp"
#include "mailkeep/model/event.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

class Disk;
class BatchBlocks;

/// What is committed together: all of it or nothing. Its messages are compressed while it fills, so
/// that committing takes less time. One thread at a time.
class Batch {
  public:
    Batch();
    ~Batch();
    Batch(Batch&&) noexcept;
    Batch& operator=(Batch&&) noexcept;

    /// Adds a message and returns its id; the same octets again in this batch are added once.
    ContentId add_message(std::string raw);
    /// The same when the id is known already. Requires: it is that of the octets, or the commit
    /// fails when they are read back.
    void add_message(const ContentId& content_id, std::string raw);
    /// The same of octets that are not held in memory. Borrows the spool, which must outlive the
    /// batch. Requires: it is closed.
    void add_message(const Spool& spool);

    void add_event(Event event) { events_.push_back(std::move(event)); }

    [[nodiscard]] bool empty() const { return messages_.empty() && events_.empty(); }

    [[nodiscard]] std::uint64_t octets() const { return octets_; }

    struct Message {
        ContentId content_id;
        std::string raw;               ///< empty when they are in the spool
        const Spool* spool = nullptr;  ///< null: there is none

        [[nodiscard]] std::uint64_t size() const;
        /// The octets in order, in pieces.
        void read(const std::function<void(std::string_view)>& sink) const;
    };

    /// A message added before; Requires: it was.
    [[nodiscard]] const Message& message(const ContentId& content_id) const;

    [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }

    [[nodiscard]] const std::vector<Event>& events() const { return events_; }

    /// For the archive's own use.
    [[nodiscard]] const BatchBlocks& blocks() const { return *blocks_; }

  private:
    void add(Message message);

    std::vector<Message> messages_;
    std::unique_ptr<BatchBlocks> blocks_;
    std::map<ContentId, std::size_t> places_;  // in messages_
    std::vector<Event> events_;
    std::uint64_t octets_ = 0;
};

enum class Access { read_only, read_write };

/// One thing found wrong, named so that a person can act on it.
struct Finding {
    std::string object;  ///< "journal/… frame at 4096", "message <id>"
    std::string what;
    std::optional<ContentId> message = {};  ///< that cannot be given back, if it is one
    std::string known = {};                 ///< of the message; filled in by who has a catalog
};

/// A pack of which every frame was checked and every message rebuilt.
struct CheckedPack {
    std::string name;
    std::string finding;         ///< the first; empty: it is whole
    std::uint64_t affected = 0;  ///< messages in it that cannot be rebuilt
};

struct Verdict {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;  ///< of the files read
    std::uint64_t last_batch = 0;
    std::vector<Finding> damaged;
    std::vector<Finding> notes;  ///< no damage: a torn tail that was never acknowledged
    std::vector<CheckedPack> packs;
};

/// How much verify looks at; what is found damaged is looked at in full either way.
enum class Depth { quick, full };

/// Called before so many octets are read, to wait or to throw.
using Pace = std::function<void(std::size_t octets)>;

/// A sealed file that counts.
struct Pack {
    std::string name;               ///< "packs/ab/….mkp": the SHA-256 of the file's octets
    std::uint64_t size = 0;         ///< of the file
    std::uint64_t messages = 0;     ///< that can be read from it
    std::uint64_t octets = 0;       ///< of them, as the server sent them
    std::uint64_t first_batch = 0;  ///< that some of its messages are from; 0 for none
    std::uint64_t last_batch = 0;
    std::string group;  ///< uuid of the rewrite that made it
};

struct RewriteOptions {
    std::set<ContentId> dead;  ///< expired for good: only their ids are kept
    Timestamp now{};
    /// A pack is closed when it has this size: few are needed, and one is soon written again.
    std::uint64_t pack_octets = std::uint64_t{32} << 20;
};

/// What one rewrite made, and what it made superfluous.
struct Rewritten {
    std::vector<Pack> packs;            ///< new; nothing: there was nothing to do
    std::vector<std::string> journals;  ///< below DATA; all their batches are in packs now
    std::vector<std::string> replaced;  ///< packs
    std::uint64_t messages = 0;
    std::uint64_t bytes_before = 0;  ///< of journals and packs that went in
    std::uint64_t bytes_after = 0;
    std::vector<Finding> damaged;  ///< what cannot be sealed before it is mended

    [[nodiscard]] bool is_empty() const {
        return packs.empty() && journals.empty() && replaced.empty();
    }
};

/// Reading is safe from any thread; commit() and close_journal() from one at a time, and beside
/// them one rewrite (seal, merge, compact, retire). read_write holds DATA/lock.
class Archive {
  public:
    /// Makes the folder and an empty archive in it; with a key, an encrypted one, which has a way
    /// to open it before it is there. Error{conflict} when there is one, or the mail of one.
    /// Requires: a slot only with a key, and a name that require_slot_name() passes.
    static void create(const std::filesystem::path& data, const DataKey& key = {},
                       const std::optional<FirstSlot>& slot = {});
    /// Error{not_found} where no archive is, Error{in_use} when another process writes to it,
    /// Error{authentication} when it is encrypted and this is not its key, Error{invalid} when it
    /// is not encrypted, Error{corrupt} when ARCHIVE cannot be read. A torn tail is left as it is:
    /// writing goes on in a new file.
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

    /// The exact octets. A location that is no more, as after sealing, does not matter.
    /// Error{corrupt} naming file and frame when their SHA-256 is not the id.
    [[nodiscard]] std::string get(const StoredMessage& message) const;
    /// Likewise in pieces, with bounded memory whatever the size. The error comes after the octets:
    /// only on return they were right.
    void read(const StoredMessage& message,
              const std::function<void(std::string_view)>& sink) const;

    /// Every committed batch with number > after, ascending. Error{corrupt} at the first damage.
    void for_each_batch(std::uint64_t after,
                        const std::function<void(const CommittedBatch&)>& sink) const;
    /// Likewise up to and with `last`. Requires: it was committed.
    void for_each_batch(std::uint64_t after, std::uint64_t last,
                        const std::function<void(const CommittedBatch&)>& sink) const;

    /// The first batch with a message, be it gone since. Nothing when it was never archived.
    [[nodiscard]] std::optional<std::uint64_t> first_batch_with(const ContentId& content_id) const;

    /// Number of the last committed batch, 0 for none. A caller who remembers a higher one must not
    /// commit: damage to the very end of the archive looks like a batch that was never committed,
    /// and commit() gives its number away again. Error{corrupt} when the last file is unreadable.
    [[nodiscard]] std::uint64_t last_batch() const;

    /// The next commit begins a new file, so that the present one can be sealed.
    void close_journal();

    /// What waits to be sealed.
    struct Backlog {
        std::uint64_t closed_bytes = 0;  ///< of journals that can be sealed at once
        std::optional<Timestamp> since;  ///< of the first batch that is in no pack
    };

    [[nodiscard]] Backlog backlog() const;

    /// One group of packs from the oldest closed journals, as many as make a good group; call it
    /// until it returns nothing, and adopt and retire after each. Every message is rebuilt from the
    /// disk before the group counts. Beside commit(). Error{storage}, Error{cancelled}: then all is
    /// as before.
    [[nodiscard]] Rewritten seal(const RewriteOptions& options, const std::stop_token& stop);
    /// Some small packs that stand side by side become one, if there are enough.
    [[nodiscard]] Rewritten merge(const RewriteOptions& options, const std::stop_token& stop);
    /// Packs of which much is dead are written again without that; several calls, as for seal().
    [[nodiscard]] Rewritten compact(const RewriteOptions& options, const std::stop_token& stop);
    /// What a crash left to be retired. Nothing in it is needed; the catalog may still name it.
    [[nodiscard]] Rewritten superfluous() const;
    /// Removes journals, moves packs to DATA/trash. Requires: `rewritten` is of this archive; the
    /// catalog has adopted its packs.
    void retire(const Rewritten& rewritten);

    /// Those that count, oldest batches first.
    [[nodiscard]] std::vector<Pack> packs() const;
    /// Every message in one of packs(), by batch. Error{corrupt} when its contents cannot be read.
    void for_each_packed(const std::string& pack,
                         const std::function<void(const StoredMessage&)>& sink) const;

    /// quick: structure, checksums of every frame, batch numbers without gaps. full: every message
    /// rebuilt and re-hashed as well. Never stops at the first damage, and names each message that
    /// it costs, as far as manifests and contents can be read. A rewrite of this object waits
    /// meanwhile; beside another process at work, what moves may look damaged (sync/check.hpp).
    [[nodiscard]] Verdict verify(Depth depth) const;
    /// One of packs() in full, from the disk and not from the page cache. Not beside a rewrite.
    [[nodiscard]] Verdict verify_pack(const std::string& pack, const Pace& pace) const;
    /// Likewise ARCHIVE and the journals.
    [[nodiscard]] Verdict verify_journals(const Pace& pace) const;
    /// Whether get() would give it.
    [[nodiscard]] bool is_whole(const StoredMessage& message) const;

    [[nodiscard]] const std::filesystem::path& data() const;
    [[nodiscard]] std::string uuid() const;
    /// The key it was opened with.
    [[nodiscard]] const DataKey& key() const;
    /// 32 octets for what stands beside the archive and must not lie open either; empty when the
    /// archive is not encrypted. The same for the same purpose, always.
    [[nodiscard]] Secret key_for(std::string_view purpose) const;
    /// Octets of all files of the archive on the disk.
    [[nodiscard]] std::uint64_t size_on_disk() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::archive
