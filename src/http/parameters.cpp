// SPDX-License-Identifier: Apache-2.0
// What stands in paths and query strings, checked.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "api.hpp"

#include <fmt/core.h>

#include <limits>

namespace mailkeep::http {

namespace {

constexpr std::size_t most_items = 500;

}  // namespace

std::int64_t number_captured(const Request& request, std::size_t place, std::string_view noun) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    const auto number = parse_number(request.captured.at(place));
    if (!number || *number == 0 || *number > most) {
        throw Error(Errc::not_found, fmt::format("There is no such {}.", noun));
    }
    return static_cast<std::int64_t>(*number);
}

std::optional<Timestamp> time_parameter(const Request& request, std::string_view name) {
    const std::string text = request.parameter(name);
    if (text.empty()) {
        return std::nullopt;
    }
    const std::optional<Timestamp> at = parse_rfc3339(text);
    if (!at) {
        throw Error(Errc::invalid, fmt::format("\"{}\" is not a time (RFC 3339).", name));
    }
    return at;
}

bool switch_parameter(const Request& request, std::string_view name) {
    const std::string text = request.parameter(name);
    if (!text.empty() && text != "true" && text != "false") {
        throw Error(Errc::invalid, fmt::format("\"{}\" is neither true nor false.", name));
    }
    return text == "true";
}

PageRequest page_parameter(const Request& request) {
    PageRequest page;
    page.cursor = request.parameter("cursor");
    const std::string limit = request.parameter("limit");
    if (limit.empty()) {
        return page;
    }
    const auto number = parse_number(limit);
    if (!number || *number == 0 || *number > most_items) {
        throw Error(Errc::invalid,
                    fmt::format("\"limit\" is not a number from 1 to {}.", most_items));
    }
    page.limit = static_cast<std::size_t>(*number);
    return page;
}

}  // namespace mailkeep::http
