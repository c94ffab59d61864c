// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/depot.hpp"

#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/catalog_key.hpp"

namespace mailkeep::service {

Depot::Depot(const std::filesystem::path& data, const Clock& clock, const archive::DataKey& key)
    : clock_(clock),
      archive_(data, archive::Access::read_write, key),
      vault_(data, vault_key(archive_)),
      catalog_(sync::open_catalog(archive_, catalog::Access::read_write)),
      keeper_(archive_, catalog_, clock) {
    keeper_.catch_up();
    catalog_.close_broken_runs(clock.now());
    log_info("depot.opened", {{"data", data.string()}, {"batch", archive_.last_batch()}});
}

catalog::Catalog Depot::open_catalog() const {
    return sync::open_catalog(archive_, catalog::Access::read_write);
}

}  // namespace mailkeep::service
