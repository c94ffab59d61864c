// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/depot.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/catalog_key.hpp"

namespace mailkeep::service {

Depot::Depot(const std::filesystem::path& data, const Clock& clock, const archive::DataKey& key)
    : clock_(clock),
      archive_(data, archive::Access::read_write, key),
      log_(archive_),
      vault_(data, vault_key(archive_)),
      catalog_(sync::open_catalog(archive_, catalog::Access::read_write)),
      keeper_(archive_, catalog_, clock) {
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

sync::Sealed Depot::seal(const std::stop_token& stop, const std::function<void()>& between) {
    const std::lock_guard lock(rewriting_);
    catch_up_log();  // while all it tells of can still be read
    auto catalog = open_catalog();
    return sync::seal(archive_, keeper_, catalog, stop, between);
}

catalog::Catalog Depot::open_catalog() const {
    return sync::open_catalog(archive_, catalog::Access::read_write);
}

sync::Compacted Depot::compact(sync::CompactRequest request, const std::stop_token& stop) {
    const std::lock_guard lock(rewriting_);
    auto* replica = keeper_.replica();
    if (replica != nullptr && request.effect == sync::Effect::apply) {
        const bool is_behind = replica->renew(stop).has_value();
        request.copy = is_behind ? sync::SecondCopy::behind : sync::SecondCopy::complete;
    }
    auto catalog = open_catalog();
    return sync::compact(archive_, keeper_, catalog, request, stop);
}

}  // namespace mailkeep::service
