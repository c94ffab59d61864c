// SPDX-License-Identifier: Apache-2.0
#include "sort_key.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>

namespace mailkeep::archive {

namespace {

/// A header that goes on for longer is looked at up to here.
constexpr std::size_t header_cap = std::size_t{64} << 10;
constexpr std::size_t origin_cap = 80;

/// Takes a line with those that continue it (RFC 5322, 2.2.3) off the front; empty at the end of
/// the header.
std::string_view take_field(std::string_view& header) {
    std::size_t end = 0;
    do {
        end = header.find('\n', end);
        end = end == std::string_view::npos ? header.size() : end + 1;
    } while (end > 1 && end < header.size() && (header[end] == ' ' || header[end] == '\t'));
    const auto field = trim(header.substr(0, end));
    header.remove_prefix(end);
    return field;
}

bool takes_name(std::string_view& field, std::string_view name) {
    if (field.size() < name.size() || !equals_ignoring_case(field.substr(0, name.size()), name)) {
        return false;
    }
    field.remove_prefix(name.size());
    return true;
}

std::string list_in(std::string_view value) {
    const auto open = value.rfind('<');
    const auto close = value.rfind('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return to_lower_ascii(trim(value).substr(0, origin_cap));
    }
    return to_lower_ascii(value.substr(open + 1, std::min(close - open - 1, origin_cap)));
}

std::string domain_in(std::string_view value) {
    const auto at = value.rfind('@');
    if (at == std::string_view::npos) {
        return {};
    }
    const auto domain = value.substr(at + 1);
    return to_lower_ascii(
        domain.substr(0, std::min(domain.find_first_of(">\"), ;\t\r\n"), origin_cap)));
}

}  // namespace

std::string origin_of(std::string_view raw) {
    auto header = raw.substr(0, header_cap);
    std::string domain;
    while (!header.empty()) {
        auto field = take_field(header);
        if (field.empty()) {
            break;
        }
        if (takes_name(field, "List-Id:")) {
            return list_in(field);
        }
        if (domain.empty() && takes_name(field, "From:")) {
            domain = domain_in(field);
        }
    }
    return domain;
}

}  // namespace mailkeep::archive
