// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/repair.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "connector.hpp"

namespace mailkeep::service {

sync::RepairedMessages repair_messages(Depot& depot, const std::vector<std::string>& damaged_files,
                                       const std::vector<std::filesystem::path>& folders,
                                       const std::stop_token& stop) {
    const auto open = [&](const Account& account) -> std::optional<imap::ReadSession> {
        try {
            return open_imap(depot, account, stop);
        } catch (const Error& error) {
            log_warning("repair.no_server", {{"account", account.name}, {"error", error.what()}});
            return std::nullopt;
        }
    };
    return sync::repair_messages(depot.keeper(), depot.open_catalog(), damaged_files,
                                 {folders, open}, stop);
}

}  // namespace mailkeep::service
