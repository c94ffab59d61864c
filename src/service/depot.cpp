// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/depot.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/indexing.hpp"

namespace mailkeep::service {

Depot::Depot(const std::filesystem::path& data, const Clock& clock, const archive::DataKey& key)
    : clock_(clock),
      archive_(data, archive::Access::read_write, key),
      log_(archive_),
      vault_(data, vault_key(archive_)),
      catalog_(sync::open_catalog(archive_, catalog::Access::read_write)),
      keeper_(archive_, catalog_, clock),
      catalogs_([this] { return open_catalog(); }) {
    keeper_.catch_up();
    sync::adopt_packs(archive_, catalog_, clock.now());
    catalog_.close_broken_runs(clock.now());
    log_info("depot.opened", {{"data", data.string()}, {"batch", archive_.last_batch()}});
}

void Depot::catch_up_log() {
    try {
        log_.catch_up(clock_.now());
    } catch (const Error& error) {
        log_error("log.lags", {{"error", error.what()}, {"hint", error.hint()}});
    }
}

bool Depot::catch_up_index(const std::stop_token& stop, const std::function<void()>& between) {
    try {
        std::optional<extract::Extractor> extractor;
        if (extraction_) {
            extractor.emplace(*extraction_);
        }
        const auto indexed =
            sync::index_pending(keeper_, stop, between, extractor ? &*extractor : nullptr);
        if (indexed > 0) {
            log_info("index.caught_up", {{"messages", indexed}});
        }
        return true;
    } catch (const Error& error) {
        log_error("index.lags", {{"error", error.what()}, {"hint", error.hint()}});
        return false;
    }
}

sync::Sealed Depot::seal(const std::stop_token& stop, const std::function<void()>& between) {
    const std::lock_guard lock(rewriting_);
    catch_up_log();  // while all it tells of can still be read
    auto catalog = open_catalog();
    return sync::seal(archive_, keeper_, catalog, stop, between);
}

catalog::Catalog Depot::open_catalog() const {
    return sync::open_catalog(archive_, catalog::Access::read_write);
}

std::optional<sync::Scrubbed> Depot::scrub(const archive::Pace& pace) {
    const std::lock_guard lock(rewriting_);
    auto catalog = open_catalog();
    return sync::scrub(archive_, catalog, clock_.now(), pace);
}

std::optional<Error> Depot::renew_replica(const std::stop_token& stop) {
    auto* replica = keeper_.replica();
    if (replica == nullptr) {
        return std::nullopt;
    }
    auto hindrance = replica->renew(stop);
    open_catalog().note_chore(catalog::Chore::replica,
                              {clock_.now(), hindrance ? hindrance->what() : ""});
    return hindrance;
}

sync::Compacted Depot::compact(sync::CompactRequest request, const std::stop_token& stop) {
    const std::lock_guard lock(rewriting_);
    const bool does_apply = request.effect == sync::Effect::apply;
    if (keeper_.replica() != nullptr && does_apply) {
        request.copy = renew_replica(stop) ? sync::SecondCopy::behind : sync::SecondCopy::complete;
    }
    auto catalog = open_catalog();
    auto done = sync::compact(archive_, keeper_, catalog, request, stop);
    if (does_apply) {
        const auto problem = done.damaged.empty()
                                 ? std::string()
                                 : done.damaged.front().object + ": " + done.damaged.front().what;
        catalog.note_chore(catalog::Chore::retention, {request.now.wall, problem});
    }
    return done;
}

}  // namespace mailkeep::service
