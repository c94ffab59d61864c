// SPDX-License-Identifier: Apache-2.0
// What a mailbox is for, whatever its name (RFC 6154).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

/// "\Sent", "\Drafts", "\Trash", "\Junk" or "\Archive" among the attributes, in any case; empty:
/// none of them.
[[nodiscard]] std::string_view role_among(const std::vector<std::string>& attributes);

/// The same by the names (UTF-8) that servers and programs give such mailboxes.
[[nodiscard]] std::string_view role_named(std::string_view name);

}  // namespace mailkeep::sync
