// SPDX-License-Identifier: Apache-2.0
// Retention as JSON: what went or would go and why, and holds. Rules as in json.hpp.
#pragma once

#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/compact.hpp"

#include <map>
#include <span>
#include <string>

namespace mailkeep::api {

/// Of accounts, removed ones left out.
using AccountNames = std::map<AccountId, std::string>;

[[nodiscard]] AccountNames account_names(const catalog::Catalog& catalog);

/// {"dry_run","clock_problem","expired","dead","portions":[{"fate","account_id","account","mailbox",
/// "rule","hold","count","bytes","ids"}],"packs_rewritten","bytes_before","bytes_after","trash":
/// [{"file","size","waits"}],"damaged":[{"object","what"}]}
[[nodiscard]] std::string compact_result(const sync::Compacted& done, sync::Effect effect,
                                         const AccountNames& names);
/// {"items":[{"name","account_id","account","mailbox","reason","placed_at"}],"next"}
[[nodiscard]] std::string holds_json(std::span<const catalog::PlacedHold> holds,
                                     const AccountNames& names);

[[nodiscard]] std::string_view name_of(sync::Fate fate);

}  // namespace mailkeep::api
