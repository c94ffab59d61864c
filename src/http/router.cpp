// SPDX-License-Identifier: Apache-2.0
#include "router.hpp"

#include "mailkeep/base/text.hpp"

#include <array>
#include <optional>

namespace mailkeep::http {

namespace {

constexpr std::array table{
    Route{"GET", "/healthz", Door::open, show_health},
    Route{"GET", "/readyz", Door::open, show_readiness},
    Route{"GET", "/api/v1/openapi.json", Door::open, show_description},
    Route{"POST", "/api/v1/setup", Door::open, set_up},
    Route{"GET", "/api/v1/session", Door::open, show_session},
    Route{"POST", "/api/v1/session", Door::open, sign_in},
    Route{"DELETE", "/api/v1/session", Door::signed_in, sign_out},
    Route{"GET", "/api/v1/accounts", Door::signed_in, list_accounts},
    Route{"POST", "/api/v1/accounts", Door::signed_in, add_account},
    Route{"POST", "/api/v1/accounts/test", Door::signed_in, test_new_account},
    Route{"GET", "/api/v1/accounts/{id}", Door::signed_in, show_account},
    Route{"DELETE", "/api/v1/accounts/{id}", Door::signed_in, remove_account},
    Route{"POST", "/api/v1/accounts/{id}/test", Door::signed_in, test_account},
    Route{"POST", "/api/v1/accounts/{id}/backup", Door::signed_in, back_up_account},
    Route{"POST", "/api/v1/accounts/{id}/accept", Door::signed_in, accept_losses},
    Route{"GET", "/api/v1/runs", Door::signed_in, list_runs},
    Route{"GET", "/api/v1/runs/{id}", Door::signed_in, show_run},
    Route{"GET", "/api/v1/runs/{id}/restore", Door::signed_in, show_restore},
    Route{"POST", "/api/v1/runs/{id}/cancel", Door::signed_in, cancel_run},
    Route{"GET", "/api/v1/events", Door::signed_in, follow_runs},
    Route{"GET", "/api/v1/mailboxes", Door::signed_in, list_mailboxes},
    Route{"GET", "/api/v1/addresses", Door::signed_in, list_addresses},
    Route{"GET", "/api/v1/completions", Door::signed_in, list_completions},
    Route{"GET", "/api/v1/messages", Door::signed_in, list_messages},
    Route{"GET", "/api/v1/messages/{id}", Door::signed_in, show_message},
    Route{"GET", "/api/v1/messages/{id}/thread", Door::signed_in, show_thread},
    Route{"GET", "/api/v1/messages/{id}/raw", Door::signed_in, download_message},
    Route{"GET", "/api/v1/messages/{id}/parts/{n}", Door::signed_in, download_part},
    Route{"GET", "/api/v1/exports", Door::signed_in, download_export},
    Route{"POST", "/api/v1/restores", Door::signed_in, start_restore},
    Route{"POST", "/api/v1/uploads", Door::signed_in, begin_upload},
    Route{"POST", "/api/v1/uploads/{id}", Door::signed_in, append_to_upload,
          "application/octet-stream"},
    Route{"DELETE", "/api/v1/uploads/{id}", Door::signed_in, remove_upload},
    Route{"POST", "/api/v1/imports", Door::signed_in, start_import},
    Route{"GET", "/api/v1/stats", Door::signed_in, show_stats},
};

using Segments = std::vector<std::string_view>;

std::optional<std::vector<std::string>> captures(const Segments& pattern, const Segments& path) {
    if (pattern.size() != path.size()) {
        return std::nullopt;
    }
    std::vector<std::string> captured;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i].starts_with('{') && !path[i].empty()) {
            captured.emplace_back(path[i]);
        } else if (pattern[i] != path[i]) {
            return std::nullopt;
        }
    }
    return captured;
}

}  // namespace

std::span<const Route> routes() {
    return table;
}

Match match(std::span<const Route> routes, std::string_view method, std::string_view path) {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    const Segments segments = split(path, '/');
    Match match;
    for (const Route& route : routes) {
        auto captured = captures(split(route.pattern, '/'), segments);
        if (!captured) {
            continue;
        }
        if (route.method == wanted) {
            return {&route, std::move(*captured), ""};
        }
        match.allowed += (match.allowed.empty() ? "" : ", ") + std::string(route.method);
    }
    return match;
}

}  // namespace mailkeep::http
