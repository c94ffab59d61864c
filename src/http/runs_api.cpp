// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/api/json.hpp"
#include "mailkeep/api/requests.hpp"
#include "mailkeep/api/restore_json.hpp"
#include "mailkeep/base/text.hpp"

#include "api.hpp"
#include "event_feed.hpp"
#include "reply.hpp"

#include <fmt/core.h>

namespace mailkeep::http {

namespace {

Run run_captured(const catalog::Catalog& catalog, const Request& request) {
    const RunId id{number_captured(request, 0, "run")};
    const std::optional<Run> run = catalog.run(id);
    if (!run) {
        throw Error(Errc::not_found, fmt::format("There is no run {}.", id.value));
    }
    return *run;
}

api::RunView view_of(Api& api, const catalog::Catalog& catalog, const Run& run) {
    api::RunView view = api::view_of(run, catalog);
    view.progress = api.runner.progress(run.id);
    return view;
}

AccountId account_named(const catalog::Catalog& catalog, const std::string& name) {
    const std::optional<Account> account = catalog.account_named(name);
    if (!account) {
        throw Error(Errc::not_found, fmt::format("There is no account \"{}\".", name));
    }
    return account->id;
}

service::RestoreTarget target_of(const catalog::Catalog& catalog,
                                 const api::RestoreRequest& wanted) {
    if (!wanted.to_account) {
        return {wanted.target.server, wanted.target.password};
    }
    const std::optional<Account> account = catalog.account(wanted.to_account);
    if (!account) {
        throw Error(Errc::not_found,
                    fmt::format("There is no account {}.", wanted.to_account.value));
    }
    return service::restore_target(*account);
}

}  // namespace

Reply list_runs(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    std::vector<api::RunView> views;
    for (const Run& run : catalog.runs(page_parameter(request).limit)) {
        views.push_back(view_of(api, catalog, run));
    }
    return json(200, api::runs_json(views));
}

Reply show_run(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    return json(200, api::run_json(view_of(api, catalog, run_captured(catalog, request))));
}

Reply cancel_run(Api& api, const Request& request) {
    const Run run = run_captured(api.depot.open_catalog(), request);
    if (!api.runner.cancel(run.id)) {
        throw Error(Errc::conflict, "This run is not under way.");
    }
    return json(202, api::object({{"id", run.id.value}}));
}

Reply show_restore(Api& api, const Request& request) {
    const auto lent = api.depot.lend_catalog();
    const catalog::Catalog& catalog = *lent;
    const auto report = catalog.restore_report(run_captured(catalog, request).id);
    if (!report) {
        throw Error(Errc::not_found, "There is no report of such a restore, or no more.");
    }
    return json(200, *report);
}

Reply start_restore(Api& api, const Request& request) {
    api::RestoreRequest wanted = api::restore_request(request.body);
    const catalog::Catalog catalog = api.depot.open_catalog();
    if (!wanted.account.empty()) {
        wanted.restore.selection.account = account_named(catalog, wanted.account);
    }
    const RunId run =
        api.runner.start_restore(target_of(catalog, wanted), wanted.restore, api::restore_json);
    return json(202, api::object({{"id", run.value}}))
        .with("Location", fmt::format("/api/v1/runs/{}", run.value));
}

Reply follow_runs(Api& api, const Request& request) {
    Reply reply(200, "text/event-stream", "");
    reply.events = EventFeed::open(api, request.session->token);
    if (!reply.events) {
        return problem(503, Errc::conflict, "Too many event streams are open.",
                       "Ask for /api/v1/runs from time to time instead.")
            .with("Retry-After", "30");
    }
    return reply;
}

}  // namespace mailkeep::http
