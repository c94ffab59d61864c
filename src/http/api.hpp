// SPDX-License-Identifier: Apache-2.0
// The handlers of the REST API, by file, and the table that leads to them. A handler decodes,
// checks, makes one call and replies; what fails is thrown as Error and worded by guard.
#pragma once

#include "mailkeep/service/depot.hpp"
#include "mailkeep/service/runner.hpp"
#include "mailkeep/service/sign_in.hpp"

#include "request.hpp"

#include <atomic>
#include <span>
#include <stop_token>
#include <string_view>

namespace mailkeep::http {

/// What handlers work on. Any thread.
struct Api {
    service::Depot& depot;
    service::Runner& runner;
    service::SignIn& sign_in;
    std::atomic<int> open_feeds{0};
    std::atomic<int> open_exports{0};
    std::stop_source stop{};  ///< of the server: ends what waits for a mail server
};

enum class Door {
    open,       ///< for everybody: a wrong password is 401 here, not a mail server's 502
    signed_in,  ///< a session, and for writes its CSRF token
};

struct Route {
    std::string_view method;
    std::string_view pattern;  ///< "/api/v1/accounts/{id}"
    Door door = Door::signed_in;
    Reply (*handle)(Api&, const Request&) = nullptr;
    std::string_view body_type = "application/json";
};

[[nodiscard]] std::span<const Route> routes();

// sign_in_api.cpp
[[nodiscard]] Reply show_session(Api& api, const Request& request);
[[nodiscard]] Reply sign_in(Api& api, const Request& request);
[[nodiscard]] Reply sign_out(Api& api, const Request& request);
[[nodiscard]] Reply set_up(Api& api, const Request& request);

// accounts_api.cpp
[[nodiscard]] Reply list_accounts(Api& api, const Request& request);
[[nodiscard]] Reply show_account(Api& api, const Request& request);
[[nodiscard]] Reply add_account(Api& api, const Request& request);
[[nodiscard]] Reply remove_account(Api& api, const Request& request);
[[nodiscard]] Reply test_new_account(Api& api, const Request& request);
[[nodiscard]] Reply test_account(Api& api, const Request& request);
[[nodiscard]] Reply back_up_account(Api& api, const Request& request);
[[nodiscard]] Reply accept_losses(Api& api, const Request& request);

// runs_api.cpp
[[nodiscard]] Reply list_runs(Api& api, const Request& request);
[[nodiscard]] Reply show_run(Api& api, const Request& request);
[[nodiscard]] Reply cancel_run(Api& api, const Request& request);
[[nodiscard]] Reply show_restore(Api& api, const Request& request);
[[nodiscard]] Reply start_restore(Api& api, const Request& request);
[[nodiscard]] Reply follow_runs(Api& api, const Request& request);

// imports_api.cpp
[[nodiscard]] Reply begin_upload(Api& api, const Request& request);
[[nodiscard]] Reply append_to_upload(Api& api, const Request& request);
[[nodiscard]] Reply remove_upload(Api& api, const Request& request);
[[nodiscard]] Reply start_import(Api& api, const Request& request);

// mailboxes_api.cpp
[[nodiscard]] Reply list_mailboxes(Api& api, const Request& request);
[[nodiscard]] Reply show_stats(Api& api, const Request& request);
[[nodiscard]] Reply show_health(Api& api, const Request& request);
[[nodiscard]] Reply show_readiness(Api& api, const Request& request);

// messages_api.cpp
[[nodiscard]] Reply list_messages(Api& api, const Request& request);
[[nodiscard]] Reply show_message(Api& api, const Request& request);
[[nodiscard]] Reply list_addresses(Api& api, const Request& request);
[[nodiscard]] Reply list_completions(Api& api, const Request& request);
[[nodiscard]] Reply show_thread(Api& api, const Request& request);
[[nodiscard]] Reply download_message(Api& api, const Request& request);
[[nodiscard]] Reply download_part(Api& api, const Request& request);

// exports_api.cpp
[[nodiscard]] Reply download_export(Api& api, const Request& request);

// static_files.cpp
[[nodiscard]] Reply show_description(Api& api, const Request& request);
/// The page's file at this path, or 404.
[[nodiscard]] Reply page_file(const Request& request);

/// The positive number that stood for {…}. Error{not_found} naming the noun when it is none.
[[nodiscard]] std::int64_t number_captured(const Request& request, std::size_t place,
                                           std::string_view noun);
/// A time parameter; nothing when not given. Error{invalid}.
[[nodiscard]] std::optional<Timestamp> time_parameter(const Request& request,
                                                      std::string_view name);
/// true or false; false when not given. Error{invalid}.
[[nodiscard]] bool switch_parameter(const Request& request, std::string_view name);
[[nodiscard]] PageRequest page_parameter(const Request& request);

}  // namespace mailkeep::http
