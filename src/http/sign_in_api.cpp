// SPDX-License-Identifier: Apache-2.0
// Signing in and out, and the first user.
#include "mailkeep/api/json.hpp"
#include "mailkeep/api/requests.hpp"

#include "api.hpp"
#include "gate.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace mailkeep::http {

namespace {

std::string session_json(const std::string& user, const std::string& csrf, Timestamp expires) {
    return api::object({{"user", user}, {"csrf", csrf}, {"expires", to_rfc3339(expires)}});
}

/// Behind a proxy that speaks HTTPS the cookie is for HTTPS only.
std::string cookie_with(const Request& request, std::string_view token, std::int64_t seconds) {
    const bool is_https = request.field("X-Forwarded-Proto").value_or("") == "https";
    return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", session_cookie,
                       token, seconds, is_https ? "; Secure" : "");
}

Reply welcome(Api& api, const Request& request, int status, const std::string& user,
              const Secret& password) {
    const service::Session session = api.sign_in.sign_in(user, password, request.peer);
    const auto length = session.expires - api.depot.clock().now();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(length).count();
    return json(status, session_json(session.user, session.csrf, session.expires))
        .with("Set-Cookie", cookie_with(request, session.token, seconds));
}

}  // namespace

Reply show_session(Api& api, const Request& request) {
    if (request.session) {
        const catalog::WebSession& session = *request.session;
        return json(200, session_json(session.user, session.csrf, session.expires));
    }
    return json(200, api::object({{"needs_setup", !api.sign_in.setup_code().empty()}}));
}

Reply sign_in(Api& api, const Request& request) {
    const api::SignInRequest wanted = api::sign_in_request(request.body);
    return welcome(api, request, 200, wanted.user, wanted.password);
}

Reply sign_out(Api& api, const Request& request) {
    api.sign_in.sign_out(request.cookie(session_cookie));
    return no_content().with("Set-Cookie", cookie_with(request, "", 0));
}

Reply set_up(Api& api, const Request& request) {
    const api::SetupRequest wanted = api::setup_request(request.body);
    api.sign_in.set_up(wanted.code, wanted.user, wanted.password);
    return welcome(api, request, 201, wanted.user, wanted.password);
}

}  // namespace mailkeep::http
