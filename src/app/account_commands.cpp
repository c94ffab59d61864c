// SPDX-License-Identifier: Apache-2.0
// mailkeep account add, list, show, set, remove, accept, test.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/text.hpp"
#include "mailkeep/service/accounts.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

namespace mailkeep::app {

namespace {

constexpr std::size_t most_shown_mailboxes = 30;

std::string state_text(const std::optional<Run>& run) {
    return run ? std::string(name_of(run->state)) : "never ran";
}

std::optional<Timestamp> end_of(const std::optional<Run>& run) {
    return !run ? std::nullopt : run->finished ? run->finished : run->started;
}

std::string patterns_text(const std::vector<std::string>& patterns, const std::string& none) {
    return patterns.empty() ? none : join(patterns, ", ");
}

std::string server_text(const Account& account) {
    return has_server(account) ? to_url(account.server) : "none (imported mail only)";
}

std::string trust_text(const Server& server) {
    if (server.security == Security::plaintext) {
        return "no TLS (for tests)";
    }
    if (!server.tls_fingerprint.empty()) {
        return "certificate with SHA-256 " + server.tls_fingerprint;
    }
    return server.ca_file.empty() ? "the system's certificates" : server.ca_file;
}

std::string login_text(const Account& account) {
    const auto how = std::string(name_of(account.auth));
    return account.oauth.token_url.empty() ? how
                                           : how + ", tokens for " + account.oauth.client_id +
                                                 " from " + account.oauth.token_url;
}

std::string retention_text(const RetentionPolicy& policy) {
    auto text = to_text(policy.keep);
    for (const auto& rule : policy.mailboxes) {
        text += ", " + to_text(rule);
    }
    return keeps_forever(policy) ? text : text + " from " + std::string(name_of(policy.from));
}

void say_account(Output& out, const api::AccountView& view) {
    const auto& account = view.account;
    const auto line = [&](std::string_view name, const std::string& value) {
        out.say(fmt::format("{:<12}{}", name, printable_line(value)));
    };
    line("Name", account.name);
    line("Server", server_text(account));
    line("Trust", trust_text(account.server));
    line("Login", login_text(account));
    line("Follows", patterns_text(watched_mailboxes(account), "nothing"));
    line("Schedule", to_text(account.schedule));
    line("Deletes", to_text(account.delete_policy));
    line("Keeps", retention_text(account.retention));
    line("Include", patterns_text(account.include, "everything"));
    line("Exclude", patterns_text(account.exclude, "nothing"));
    line("Last run", moment_text(end_of(view.last_run)) + " " + state_text(view.last_run));
    line("Next run", moment_text(view.next_run));
    line("Holds", count_text(view.messages, "message") + ", " + size_text(view.size));
}

ExitCode show_saved(Context& context, const catalog::Catalog& catalog, AccountId id) {
    const auto account = catalog.account(id);
    MAILKEEP_ASSERT(account.has_value());
    context.out.result(api::account_json(api::view_of(*account, catalog, context.clock.now())));
    return ExitCode::done;
}

}  // namespace

ExitCode run(const AccountAdd& command, Context& context, Workplace& place) {
    const auto id = service::add_account(place.depot, command.account, secret_of(context));
    const auto name = printable_line(command.account.name);
    context.out.say("Added account " + name + ": " +
                    printable_line(to_url(command.account.server)));
    context.out.note("Next: mailkeep account test " + shell_word(command.account.name));
    return show_saved(context, place.depot.open_catalog(), id);
}

ExitCode run(const AccountList& /*command*/, Context& context) {
    const Reading reading(context);
    const auto views = account_views(reading, context);
    Table table({"NAME", "SERVER", "SCHEDULE", "LAST RUN", "STATE", "NEXT RUN", "MESSAGES"});
    for (const auto& view : views) {
        table.add({view.account.name, server_text(view.account), to_text(view.account.schedule),
                   moment_text(end_of(view.last_run)), state_text(view.last_run),
                   moment_text(view.next_run), std::to_string(view.messages)});
    }
    if (views.empty()) {
        context.out.note("There is no account yet. Next: mailkeep account add NAME URL");
    } else {
        context.out.say(table.text());
    }
    context.out.result(api::accounts_json(views));
    return ExitCode::done;
}

ExitCode run(const AccountShow& command, Context& context) {
    const Reading reading(context);
    const auto view = account_view(command.name, reading, context);
    say_account(context.out, view);
    context.out.result(api::account_json(view));
    return ExitCode::done;
}

ExitCode run(const AccountSet& command, Context& context, Workplace& place) {
    const auto catalog = place.depot.open_catalog();
    const auto account = account_named(catalog, command.name);
    service::save_account(place.depot, changed(account, command.change), context.secret);
    context.out.say("Changed account " + printable_line(command.name));
    return show_saved(context, catalog, account.id);
}

ExitCode run(const AccountRemove& command, Context& context, Workplace& place) {
    const auto account = account_named(place.depot.open_catalog(), command.name);
    service::remove_account(place.depot, account.id);
    context.out.say("Removed account " + printable_line(command.name) +
                    "; its mail stays in the archive");
    context.out.result(api::object({{"removed", command.name}}));
    return ExitCode::done;
}

ExitCode run(const AccountAccept& command, Context& context, Workplace& place) {
    const auto account = account_named(place.depot.open_catalog(), command.name);
    const auto accepted = service::accept_losses(place.depot, account.id);
    context.out.say(accepted == 0 ? "Nothing of " + printable_line(command.name) + " needs a look"
                                  : "Accepted; the next run notes the missing mail as gone. It "
                                    "stays in the archive");
    context.out.result(api::object({{"accepted", accepted}}));
    return ExitCode::done;
}

ExitCode run(const AccountTest& command, Context& context, Workplace& place) {
    const auto account = account_named(place.depot.open_catalog(), command.name);
    if (context.secret && (uses_tokens(account) || account.auth == Auth::apop)) {
        throw Error(Errc::invalid, "only a plain password can be tried out without keeping it",
                    "Leave the password options out, to log in with what is kept.");
    }
    const auto report = context.secret
                            ? service::test_server(account.server, *context.secret, context.stop)
                            : service::test_account(place.depot, account, context.stop);
    context.out.say("Logged in: " + printable_line(to_url(account.server)));
    context.out.say("The server offers " + printable_line(join(report.capabilities, " ")));
    if (report.messages) {
        context.out.say(count_text(*report.messages, "message") + " in the maildrop");
    } else {
        context.out.say(fmt::format("{} mailbox{}:", report.mailboxes.size(),
                                    report.mailboxes.size() == 1 ? "" : "es"));
    }
    for (std::size_t i = 0; i < report.mailboxes.size() && i < most_shown_mailboxes; ++i) {
        context.out.say("  " + printable_line(report.mailboxes[i]));
    }
    if (report.mailboxes.size() > most_shown_mailboxes) {
        context.out.say("  …");
    }
    context.out.note("Next: mailkeep backup " + printable_line(account.name));
    context.out.result(api::server_report_json(report));
    return ExitCode::done;
}

}  // namespace mailkeep::app
