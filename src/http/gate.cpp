// SPDX-License-Identifier: Apache-2.0
#include "gate.hpp"

#include "mailkeep/base/crypto.hpp"
#include "mailkeep/base/text.hpp"

#include "reply.hpp"

#include <algorithm>

namespace mailkeep::http {

namespace {

/// "localhost:8025" and "[::1]:8025" without their port.
std::string_view without_port(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && parse_number(host.substr(colon + 1));
    return has_port ? host.substr(0, colon) : host;
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool changes_something(const Request& request) {
    return request.method != "GET" && request.method != "HEAD";
}

}  // namespace

HostNames host_names(const std::string& host, const std::vector<std::string>& more) {
    HostNames names = more;
    if (!is_loopback(host) && names.empty()) {
        return names;
    }
    names.insert(names.end(), {"localhost", "127.0.0.1", "[::1]", host});
    return names;
}

bool is_called_by_name(const Request& request, const HostNames& names) {
    if (names.empty()) {
        return true;
    }
    const std::string host = request.field("Host").value_or("");
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return equals_ignoring_case(name, without_port(host));
    });
}

bool is_from_own_page(const Request& request) {
    if (!changes_something(request)) {
        return true;
    }
    if (const auto site = request.field("Sec-Fetch-Site")) {
        return *site == "same-origin" || *site == "none";
    }
    const auto origin = request.field("Origin");
    if (!origin) {
        return true;
    }
    const std::size_t scheme_end = origin->find("://");
    return scheme_end != std::string::npos &&
           equals_ignoring_case(origin->substr(scheme_end + 3), request.field("Host").value_or(""));
}

std::optional<Reply> turn_away(Api& api, const Route& route, Request& request) {
    if (!is_from_own_page(request)) {
        return problem(403, Errc::refused, "The request comes from another site.");
    }
    const std::string token = request.cookie(session_cookie);
    if (!token.empty()) {
        request.session = api.sign_in.session(token);
    }
    if (route.door == Door::open) {
        return std::nullopt;
    }
    if (!request.session) {
        return problem(401, Errc::authentication, "Nobody is signed in.", "Sign in first.");
    }
    const std::string csrf = request.field("X-CSRF-Token").value_or("");
    if (changes_something(request) && !equals_in_constant_time(csrf, request.session->csrf)) {
        return problem(403, Errc::refused, "The X-CSRF-Token is missing or wrong.",
                       "Load the page again.");
    }
    return std::nullopt;
}

}  // namespace mailkeep::http
