// SPDX-License-Identifier: Apache-2.0
// Imported mail of an account that has a server, too: the server's word about a message counts from
// the moment on at which it shows it.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/ingest.hpp"

namespace mailkeep::sync {

/// Ends the imported placements of what the account's server shows by now. Requires: all that came
/// in is catalogued.
void yield_to_server(AccountId account, const catalog::Catalog& catalog, Ingest& ingest);

}  // namespace mailkeep::sync
