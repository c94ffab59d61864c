// SPDX-License-Identifier: Apache-2.0
// Opens a mailbox. EXAMINE is what a backup may say, SELECT what a restore may say as well.
#pragma once

#include "mailkeep/imap/types.hpp"

#include <string_view>

namespace mailkeep::imap {

class Connection;

enum class Access { read_only, read_write };

[[nodiscard]] SelectData open_mailbox(Connection& connection, std::string_view mailbox,
                                      Access access);

}  // namespace mailkeep::imap
