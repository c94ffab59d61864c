// SPDX-License-Identifier: Apache-2.0
#include "imported.hpp"

#include <utility>

namespace mailkeep::sync {

void yield_to_server(AccountId account, const catalog::Catalog& catalog, Ingest& ingest) {
    auto shown = catalog.imported_and_shown(account);
    if (shown.empty()) {
        return;
    }
    for (auto& [mailbox, uids] : shown) {
        ingest.note(Gone{account, mailbox, imported_uid_validity, std::move(uids),
                         GoneReason::uid_validity});
    }
    ingest.flush();
}

}  // namespace mailkeep::sync
