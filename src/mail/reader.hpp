// SPDX-License-Identifier: Apache-2.0
// Reading a message, for as much as is wanted of it.
#pragma once

#include "mailkeep/mail/message.hpp"

#include <string_view>
#include <vector>

namespace mailkeep::mail {

/// summary: no list of fields, and only text gets a body, of no more octets than could be of use;
/// an attached message gets its header for one. header: only what header fields say, no parts.
enum class Reading { whole, summary, header };

/// Whether a part of this type holds a whole message (RFC 2046, RFC 6532).
[[nodiscard]] bool is_attached_message(std::string_view content_type);

[[nodiscard]] Message read_message(std::string_view raw, Reading reading);

/// The leaves of the tree under raw. Linear in the size of raw times most_depth.
[[nodiscard]] std::vector<Part> read_tree(std::string_view raw, Reading reading);

/// The same, and what is packed into them. Linear in the size of raw times most_depth.
[[nodiscard]] std::vector<Part> read_parts(std::string_view raw, Reading reading);

}  // namespace mailkeep::mail
