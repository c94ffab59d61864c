// SPDX-License-Identifier: Apache-2.0
// URIs (RFC 3986) of the form scheme://user@host:port, and shell patterns. Poco's, behind a wall.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep {

struct Uri {
    std::string scheme;  ///< lower case
    std::string user;    ///< percent-decoded; all before the last @, so mail addresses need no %40
    std::string host;    ///< an IPv6 address without its brackets
    std::uint16_t port = 0;  ///< 0: not given
    std::string path;
};

/// Nothing when it is not of that form.
[[nodiscard]] std::optional<Uri> parse_uri(std::string_view text);

/// Percent-encodes what may not stand in the user part; "@" stays as it is.
[[nodiscard]] std::string encode_uri_user(std::string_view user);

/// Whether a whole text matches a pattern with * ? and [a-z]. A broken pattern matches nothing.
[[nodiscard]] bool matches_glob(std::string_view pattern, const std::string& text);

}  // namespace mailkeep
