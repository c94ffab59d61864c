// SPDX-License-Identifier: Apache-2.0
// JSON as every answer of this room is made: members in the order they were given, and text that is
// no UTF-8 repaired instead of refused.
#pragma once

#include "mailkeep/base/time.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace mailkeep::api {

using Json = nlohmann::ordered_json;

inline std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

inline Json or_null(const std::optional<Timestamp>& at) {
    return at ? Json(to_rfc3339(*at)) : Json();
}

inline Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

}  // namespace mailkeep::api
