// SPDX-License-Identifier: Apache-2.0
// Who gets as far as a handler: by which name the house was called, from which page, signed in or
// not, with which token.
#pragma once

#include "api.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::http {

inline constexpr std::string_view session_cookie = "mailkeep_session";

/// Names the house answers to; empty: any.
using HostNames = std::vector<std::string>;

/// Those of a service that listens on `host`, with the names it was given besides.
[[nodiscard]] HostNames host_names(const std::string& host, const std::vector<std::string>& more);

/// Against DNS rebinding: a foreign page whose name suddenly leads here. The port is ignored.
[[nodiscard]] bool is_called_by_name(const Request& request, const HostNames& names);

/// Against forged requests: a write must come from our own page, or from no page at all.
[[nodiscard]] bool is_from_own_page(const Request& request);

/// Looks up who is signed in; a problem when the door stays shut.
[[nodiscard]] std::optional<Reply> turn_away(Api& api, const Route& route, Request& request);

}  // namespace mailkeep::http
