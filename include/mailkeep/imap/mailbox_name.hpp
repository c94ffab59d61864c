// SPDX-License-Identifier: Apache-2.0
// Mailbox names: UTF-8 outside, modified UTF-7 on the wire (RFC 3501 section 5.1.3), INBOX in any
// case (RFC 9051 section 5.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::imap {

/// Invalid UTF-8 is encoded as U+FFFD.
[[nodiscard]] std::string encode_mailbox_name(std::string_view utf8);

/// Nothing when it is not well-formed modified UTF-7 (Base64 that could have been ASCII, missing
/// "-", surrogates alone, 8-bit octets).
[[nodiscard]] std::optional<std::string> decode_mailbox_name(std::string_view wire);

/// The name to show: decoded; else, valid UTF-8 as it is (servers do send it); else with
/// \xNN for what cannot be shown.
[[nodiscard]] std::string display_mailbox_name(std::string_view wire);

[[nodiscard]] bool is_inbox(std::string_view wire);

}  // namespace mailkeep::imap
