// SPDX-License-Identifier: Apache-2.0
// mailkeep backup and import. They go, as a restore does, through the runner, also outside the
// service, so that one rule holds everywhere: an account has one run at a time.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/service/accounts.hpp"

#include "commands.hpp"
#include "printable.hpp"
#include "run_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::app {

namespace {

std::vector<Account> chosen_accounts(const catalog::Catalog& catalog,
                                     const std::vector<std::string>& names) {
    if (names.empty()) {
        auto all = catalog.accounts();
        std::erase_if(all, [](const Account& account) { return !has_server(account); });
        if (all.empty()) {
            throw Error(Errc::not_found, "there is no account to back up",
                        "Add one with `mailkeep account add NAME URL`.");
        }
        return all;
    }
    std::vector<Account> chosen;
    for (const auto& name : names) {
        auto account = account_named(catalog, name);
        if (std::find(chosen.begin(), chosen.end(), account) == chosen.end()) {
            chosen.push_back(std::move(account));
        }
    }
    return chosen;
}

double seconds_of(const Run& run) {
    const auto end = run.finished.value_or(run.started);
    return std::chrono::duration<double>(end - run.started).count();
}

std::string backup_text(const Run& run, const std::string& name) {
    const auto& counts = run.counts;
    auto text =
        fmt::format("{}: {}, {} new", printable_line(name), name_of(run.state), counts.seen);
    const auto add = [&](std::uint64_t count, std::string_view what) {
        text += count == 0 ? "" : fmt::format(", {} {}", count, what);
    };
    add(counts.flag_changes, "with other flags");
    add(counts.vanished, "no longer on the server");
    add(counts.deleted_from_server, "deleted from the server");
    add(counts.failed, "failed");
    return text + fmt::format(", {} in {:.1f} s", size_text(counts.bytes), seconds_of(run));
}

std::string import_text(const Run& run) {
    const auto& counts = run.counts;
    auto text =
        fmt::format("{} imported, {} already there, {} failed", count_text(counts.seen, "message"),
                    counts.already_there, counts.failed);
    if (counts.vanished > 0) {
        text += fmt::format(", {} had been expunged", counts.vanished);
    }
    return text + fmt::format(", {} in {:.1f} s", size_text(counts.bytes), seconds_of(run));
}

}  // namespace

ExitCode run(const Backup& command, Context& context, Workplace& place) {
    const auto catalog = place.depot.open_catalog();
    std::vector<WatchedRun> watched;
    for (const auto& account : chosen_accounts(catalog, command.names)) {
        watched.push_back({place.runner.start_backup(account.id), account.name});
    }
    const auto runs = await_runs(watched, context, place, catalog);
    std::vector<api::RunView> views;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        context.out.say(backup_text(runs[i], watched[i].name));
        tell_failures(context.out, runs[i], watched[i].name);
        views.push_back({runs[i], watched[i].name});
    }
    context.out.result(api::backup_result(views));
    return exit_code_for(runs);
}

ExitCode run(const Import& command, Context& context, Workplace& place) {
    const auto account = service::account_to_import_into(place.depot, command.account);
    const auto catalog = place.depot.open_catalog();
    const auto id =
        place.runner.start_import(account, {command.paths, command.mailbox, command.format});
    const auto run = await_runs({{id, command.account}}, context, place, catalog).front();
    context.out.say(import_text(run));
    tell_failures(context.out, run, command.account);
    context.out.result(api::import_result(run));
    return exit_code_for(run);
}

}  // namespace mailkeep::app
