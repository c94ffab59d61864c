// SPDX-License-Identifier: Apache-2.0
#include "reply.hpp"

#include "mailkeep/api/json.hpp"
#include "mailkeep/base/log.hpp"

#include "gate.hpp"

#include <exception>

namespace mailkeep::http {

Reply problem(int status, const Error& error) {
    return {status, "application/problem+json", api::problem_json(error, status)};
}

Reply problem(int status, Errc code, const std::string& text, std::string hint) {
    return problem(status, Error(code, text, std::move(hint)));
}

int status_of(Errc code, Door door) {
    const bool is_own_door = door == Door::open;
    switch (code) {
        case Errc::invalid:
            return 400;
        case Errc::not_found:
            return 404;
        case Errc::conflict:
        case Errc::cancelled:
            return 409;
        case Errc::in_use:
        case Errc::throttled:
            return 503;
        case Errc::refused:
            return is_own_door ? 429 : 409;
        case Errc::authentication:
            return is_own_door ? 401 : 502;
        case Errc::network:
        case Errc::protocol:
        case Errc::tls:
            return 502;
        case Errc::timeout:
            return 504;
        case Errc::corrupt:
        case Errc::storage:
        case Errc::internal:
            return 500;
    }
    return 500;
}

Reply guard(const Route& route, Api& api, Request& request) {
    try {
        if (std::optional<Reply> turned_away = turn_away(api, route, request)) {
            return std::move(*turned_away);
        }
        return route.handle(api, request);
    } catch (const Error& error) {
        const int status = status_of(error.code(), route.door);
        if (status == 500) {
            log_error("http.failed", {{"route", route.pattern}, {"error", error.what()}});
        }
        return problem(status, error);
    } catch (const std::exception&) {
        log_error("http.failed", {{"route", route.pattern}, {"error", "unforeseen"}});
        return problem(500, Error(Errc::internal, "Something unforeseen went wrong."));
    }
}

}  // namespace mailkeep::http
