// SPDX-License-Identifier: Apache-2.0
// From method and path to a route, segment by segment. The library's own router matches regular
// expressions, answers a wrong method with 404 and is not used.
#pragma once

#include "api.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::http {

struct Match {
    const Route* route = nullptr;
    std::vector<std::string> captured;
    std::string allowed;  ///< "GET, POST": the methods of this path, when none of them was asked
};

/// The first route that fits; HEAD fits where GET does. A segment in braces takes any one segment
/// that is not empty.
[[nodiscard]] Match match(std::span<const Route> routes, std::string_view method,
                          std::string_view path);

}  // namespace mailkeep::http
