// SPDX-License-Identifier: Apache-2.0
// The keeper: the only caller of archive.commit and catalog.apply, so that the order of writes
// stands in one place (src/sync/keeper.cpp).
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/time.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/replica.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::sync {

class Backlog;
struct BacklogEntry;

/// Borrows archive, catalog and clock, which must outlive it; nobody else may use this catalog.
/// Any thread.
class Keeper {
  public:
    Keeper(archive::Archive& archive, catalog::Catalog& catalog, const Clock& clock);
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// Applies what the archive has and the catalog lacks: what is ahead, and more after a crash or
    /// a full disk.
    void catch_up();

    /// The next batch begins a new journal, so that the present one can be sealed.
    void close_journal();

    /// Steps 1 to 3 of the order of writes. On return every message of the batch is durable, read
    /// back, equal and catalogued.
    void keep(const archive::Batch& batch);

    /// Steps 1 and 2. Step 3 follows for several batches at once: soon, or by catch_up() or
    /// whatever else here looks into the catalog. Summaries are those of all its messages, or none:
    /// then they are made here.
    void keep_ahead(const archive::Batch& batch, std::vector<MessageSummary> summaries);

    /// Keeps what `make` returns for a catalog that is up to date and that nobody changes
    /// meanwhile; it may be empty.
    template <class Make>
    void keep_with(const Make& make) {
        const std::lock_guard lock(mutex_);
        catch_up_locked();
        const archive::Batch batch = [&] {
            const std::lock_guard reading(catalog_mutex_);
            return make(std::as_const(catalog_));
        }();
        if (!batch.empty()) {
            store(batch, {});
            catch_up_locked();
        }
    }

    /// Empties the search index, and so of the words of what has expired; everything waits for it
    /// then.
    void renew_search();

    // For index_pending (sync/indexing.hpp)

    /// Newest first.
    [[nodiscard]] std::vector<StoredMessage> unindexed(std::size_t most);
    void index(std::span<const MessageSummary> summaries);
    /// Its octets cannot be read; nothing when it has expired meanwhile.
    void note_damage(const ContentId& content_id, std::string_view what);

    /// Whether its octets are there, as far as is known. Asks a catalog of the caller's own, and so
    /// waits for nobody.
    [[nodiscard]] bool holds(const ContentId& content_id, const catalog::Catalog& catalog);

    /// Reads the message back from the disk and compares its digest. Error{corrupt} when it is not
    /// whole, Error{not_found} when the catalog does not know it.
    void prove(const ContentId& content_id);

    /// There is a second copy to be kept. Before anybody else uses the keeper.
    void use_replica(ReplicaPolicy policy) { replica_.emplace(archive_, std::move(policy)); }

    /// Null when there is none.
    [[nodiscard]] Replica* replica() { return replica_ ? &*replica_ : nullptr; }

    /// Whether the message may go from the server as far as the replica is concerned: it is there,
    /// or deleting does not wait for it.
    [[nodiscard]] bool is_safe_without_server(const ContentId& content_id);

    [[nodiscard]] const archive::Archive& archive() const { return archive_; }

    [[nodiscard]] const Clock& clock() const { return clock_; }

  private:
    [[nodiscard]] StoredMessage stored(const ContentId& content_id);
    void catch_up_locked();
    void apply(std::span<const BacklogEntry> entries);
    void store(const archive::Batch& batch, std::vector<MessageSummary> summaries);
    void require_octets(const archive::Batch& batch);

    archive::Archive& archive_;
    const Clock& clock_;
    std::mutex mutex_;          // serialises commits; taken before the other
    std::mutex catalog_mutex_;  // guards catalog_: free while a commit writes to the disk
    catalog::Catalog& catalog_;
    std::optional<Replica> replica_;
    std::unique_ptr<Backlog> backlog_;  // last: its thread uses the others
};

/// Applies batches of the archive to a catalog that lacks them.
void apply_missing(const archive::Archive& archive, catalog::Catalog& catalog);

}  // namespace mailkeep::sync
