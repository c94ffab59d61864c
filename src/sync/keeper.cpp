// SPDX-License-Identifier: Apache-2.0
// The order of writes, the promise of the product; never break it:
//   1. archive: append the batch (messages and events), sync, directory entry synced;
//   2. archive: read back what was written, rebuild, compare the digest of the exact wire octets;
//   3. catalog: apply the batch, idempotent, with the number it has, perhaps with others in one
//      transaction;
//      where deleting waits for a replica: the batch is copied there, synced and read back too;
//   4. only now the server: DELE and QUIT, or nothing at all for a mirror.
// A crash between two steps leaves a batch the catalog has not applied yet, or a message still on
// the server; opening applies the first, the next run finds the second. The catalog is derived:
// rebuilding it is the same apply over all batches.
#include "mailkeep/sync/keeper.hpp"

#include "mailkeep/base/error.hpp"

#include "backlog.hpp"
#include "summaries.hpp"

#include <set>
#include <utility>
#include <vector>

namespace mailkeep::sync {

Keeper::Keeper(archive::Archive& archive, catalog::Catalog& catalog, const Clock& clock)
    : archive_(archive),
      clock_(clock),
      catalog_(catalog),
      backlog_(std::make_unique<Backlog>(
          [this](std::span<const BacklogEntry> entries) { apply(entries); })) {}

Keeper::~Keeper() = default;

void Keeper::catch_up() {
    const std::lock_guard lock(mutex_);
    catch_up_locked();
}

void Keeper::close_journal() {
    const std::lock_guard lock(mutex_);
    archive_.close_journal();
}

void Keeper::keep(const archive::Batch& batch) {
    const std::lock_guard lock(mutex_);
    catch_up_locked();
    store(batch, {});
    catch_up_locked();
}

void Keeper::keep_ahead(const archive::Batch& batch, std::vector<MessageSummary> summaries) {
    const std::lock_guard lock(mutex_);
    if (backlog_->empty()) {
        catch_up_locked();
    }
    store(batch, std::move(summaries));
}

/// A catalog ahead of the archive means that the end of the archive is damaged, for the end is
/// durable before the catalog hears of it. Writing on would give the lost numbers away again.
void Keeper::catch_up_locked() {
    backlog_->settle();
    const std::lock_guard lock(catalog_mutex_);
    catalog_.rest();
    const auto applied = catalog_.applied_up_to();
    const auto last = archive_.last_batch();
    if (applied > last) {
        throw Error(
            Errc::corrupt,
            "the archive ends at batch " + std::to_string(last) + ", but the catalog knows batch " +
                std::to_string(applied),
            "Put the missing or damaged files of DATA/journal back; `mailkeep rebuild` goes "
            "on without them.");
    }
    if (applied < last) {
        apply_missing(archive_, catalog_);
    }
}

void Keeper::apply(std::span<const BacklogEntry> entries) {
    const std::lock_guard lock(catalog_mutex_);
    catalog_.together([&] {
        for (const auto& [batch, summaries] : entries) {
            catalog_.apply(batch, summaries);
        }
    });
}

/// Between the moment a run decides that octets are there already and its batch, they may expire.
/// The catalog is asked only where it must be, for somebody may be writing to it.
void Keeper::require_octets(const archive::Batch& batch) {
    std::set<ContentId> own;
    for (const auto& message : batch.messages()) {
        own.insert(message.content_id);
    }
    for (const auto& event : batch.events()) {
        const auto* seen = std::get_if<Seen>(&event.what);
        if (seen == nullptr || own.contains(seen->content_id) ||
            backlog_->contains(seen->content_id)) {
            continue;
        }
        const std::lock_guard lock(catalog_mutex_);
        if (!catalog_.stored(seen->content_id)) {
            throw Error(Errc::conflict,
                        "message " + seen->content_id.hex() + " expired while it was seen again",
                        "Run it again: then it is stored anew.");
        }
    }
}

void Keeper::renew_search() {
    const std::lock_guard lock(mutex_);
    catch_up_locked();
    const std::lock_guard writing(catalog_mutex_);
    catalog_.drop_search_index();
}

/// A catalog that lags behind the index would not know yet what waits.
std::vector<StoredMessage> Keeper::unindexed(std::size_t most) {
    const std::lock_guard lock(mutex_);
    catch_up_locked();
    const std::lock_guard reading(catalog_mutex_);
    return catalog_.unindexed(most);
}

void Keeper::index(std::span<const MessageSummary> summaries) {
    const std::lock_guard lock(catalog_mutex_);
    catalog_.index(summaries);
}

void Keeper::note_damage(const ContentId& content_id, std::string_view what) {
    const std::lock_guard lock(catalog_mutex_);
    if (catalog_.stored(content_id)) {
        catalog_.note_damage({content_id, std::string(what), clock_.now()});
    }
}

void Keeper::store(const archive::Batch& batch, std::vector<MessageSummary> summaries) {
    require_octets(batch);
    auto committed = archive_.commit(batch, clock_.now());
    if (summaries.empty()) {
        for (const auto& message : batch.messages()) {
            summaries.push_back(summarize_header(message));
        }
    }
    backlog_->push({std::move(committed), std::move(summaries)}, clock_.now());
}

/// In this order: what has left the backlog has been committed.
bool Keeper::holds(const ContentId& content_id, const catalog::Catalog& catalog) {
    return backlog_->contains(content_id) ||
           (catalog.stored(content_id) && !catalog.damage_of(content_id));
}

StoredMessage Keeper::stored(const ContentId& content_id) {
    const std::lock_guard lock(catalog_mutex_);
    auto stored = catalog_.stored(content_id);
    if (!stored) {
        throw Error(Errc::not_found, "message " + content_id.hex() + " is not in the catalog");
    }
    return *std::move(stored);
}

void Keeper::prove(const ContentId& content_id) {
    archive_.read(stored(content_id), [](std::string_view) {});
}

bool Keeper::is_safe_without_server(const ContentId& content_id) {
    return !replica_ || !replica_->policy().deletes_wait || replica_->holds(stored(content_id));
}

void apply_missing(const archive::Archive& archive, catalog::Catalog& catalog) {
    archive.for_each_batch(catalog.applied_up_to(), [&](const CommittedBatch& batch) {
        std::vector<MessageSummary> summaries;
        summaries.reserve(batch.messages.size());
        for (const auto& message : batch.messages) {
            summaries.push_back(summarize_header(archive, message));
        }
        catalog.apply(batch, summaries);
    });
}

}  // namespace mailkeep::sync
