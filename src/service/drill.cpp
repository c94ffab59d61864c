// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/drill.hpp"

#include "connector.hpp"

namespace mailkeep::service {

sync::Drilled perform_drill(Depot& depot, std::uint64_t sample,
                            const std::optional<RestoreTarget>& target, sync::Progress& progress,
                            const std::stop_token& stop) {
    auto catalog = depot.open_catalog();
    const auto now = depot.clock().now();
    if (!target) {
        return sync::drill(depot.archive(), catalog, sample, nullptr, now, progress, stop);
    }
    imap::ScratchSession session(open_imap(target->server, target->password, stop));
    sync::DrillGround ground{session, to_url(target->server)};
    auto drilled = sync::drill(depot.archive(), catalog, sample, &ground, now, progress, stop);
    session.logout();
    return drilled;
}

}  // namespace mailkeep::service
