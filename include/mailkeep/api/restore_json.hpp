// SPDX-License-Identifier: Apache-2.0
// A restore as JSON: what it is going to do, and what came of it.
#pragma once

#include "mailkeep/model/run.hpp"
#include "mailkeep/sync/restore_plan.hpp"

#include <string>

namespace mailkeep::api {

/// {"mailboxes":[{"name","sources":[{"account","mailbox"}],"remark","is_created","to_append",
/// "bytes","already_there","appended","failed","cannot_go":[{"id","reason"}],"altered":[{"what",
/// "messages"}],"problem","identical","differing"}],"free_bytes","append_limit","exceeds_quota",
/// "is_verified"}. Of what cannot go the first hundred of a mailbox.
[[nodiscard]] std::string restore_json(const sync::RestoreReport& report);

/// {"appended","already_there","failed","seconds","state","error","hint"} and the members above.
[[nodiscard]] std::string restore_result(const Run& run, const sync::RestoreReport& report);

}  // namespace mailkeep::api
