// SPDX-License-Identifier: Apache-2.0
// A restore drill on a depot, with a server or without; see sync/drill.hpp. Blocking.
#pragma once

#include "mailkeep/service/backup.hpp"
#include "mailkeep/service/depot.hpp"
#include "mailkeep/sync/drill.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>

namespace mailkeep::service {

/// Throws what a login throws, and as sync::drill().
[[nodiscard]] sync::Drilled perform_drill(Depot& depot, std::uint64_t sample,
                                          const std::optional<RestoreTarget>& target,
                                          sync::Progress& progress, const std::stop_token& stop);

}  // namespace mailkeep::service
