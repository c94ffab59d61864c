// SPDX-License-Identifier: Apache-2.0
// What servers advertise and had better not be asked for, as data: a server is known by a word of
// its capabilities.
#pragma once

#include "mailkeep/imap/types.hpp"

#include <string>

namespace mailkeep::imap {

/// Whether the server advertises it and keeps the promise.
[[nodiscard]] bool offers(const Capabilities& capabilities, const std::string& name);

}  // namespace mailkeep::imap
