// SPDX-License-Identifier: Apache-2.0
// Repair of single messages with the servers of the accounts at hand.
#pragma once

#include "mailkeep/service/depot.hpp"
#include "mailkeep/sync/repair.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::service {

/// See sync::repair_messages. A server that cannot be reached gives nothing; it is logged.
[[nodiscard]] sync::RepairedMessages repair_messages(
    Depot& depot, const std::vector<std::string>& damaged_files,
    const std::vector<std::filesystem::path>& folders, const std::stop_token& stop);

}  // namespace mailkeep::service
