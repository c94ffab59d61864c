// SPDX-License-Identifier: Apache-2.0
// Fetches small things of many messages: the UIDs are cut into commands a server reads, and several
// of them wait for their answer at once.
#pragma once

#include "mailkeep/imap/types.hpp"

#include "connection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailkeep::imap {

/// The FETCH item by which the server names the octets of a message; nothing when it does not.
[[nodiscard]] std::optional<std::string> object_id_item(const Capabilities& capabilities);

/// Hands over what is told of the wanted messages; `ask` adds the items to a command. A NO leaves
/// out what its command asked for; Error{protocol} for BAD.
void fetch_in_pieces(Connection& connection, const UidSet& uids,
                     const std::function<void(Encoder&)>& ask,
                     const std::function<void(FetchData&&)>& sink);

}  // namespace mailkeep::imap
