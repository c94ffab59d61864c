// SPDX-License-Identifier: Apache-2.0
// mailkeep status, mailboxes: they only look.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/text.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::app {

namespace {

constexpr std::size_t most_damaged = 20;

bool needs_a_look(const api::AccountView& view) {
    return std::any_of(view.losses.begin(), view.losses.end(),
                       [](const Loss& loss) { return !loss.accepted_at; });
}

std::string state_text(const api::AccountView& view) {
    if (needs_a_look(view)) {
        return "needs a look";
    }
    return view.last_run ? std::string(name_of(view.last_run->state)) : "never ran";
}

std::optional<Timestamp> last_time(const api::AccountView& view) {
    return view.last_run ? std::optional(view.last_run->started) : std::nullopt;
}

void say_accounts(Output& out, const std::vector<api::AccountView>& views) {
    if (views.empty()) {
        out.say("There is no account yet. Next: mailkeep account add NAME URL");
        return;
    }
    Table table({"ACCOUNT", "LAST RUN", "STATE", "NEXT RUN", "MESSAGES", "SIZE", "PROVEN"});
    for (const auto& view : views) {
        table.add({view.account.name, moment_text(last_time(view)), state_text(view),
                   view.next_run ? moment_text(view.next_run) : "manual",
                   std::to_string(view.messages), size_text(view.size),
                   moment_text(view.proven ? std::optional(view.proven->at) : std::nullopt)});
    }
    out.say(table.text());
    for (const auto& view : views) {
        if (view.last_run && !view.last_run->error.empty()) {
            out.say(printable_line(view.account.name) + ": " +
                    printable_text(view.last_run->error));
        }
        if (view.last_run && !view.last_run->hint.empty()) {
            out.say("hint: " + printable_line(view.last_run->hint));
        }
    }
}

/// Runs that wait because their servers want it.
void say_pauses(Output& out, const std::vector<api::AccountView>& views) {
    for (const auto& view : views) {
        if (view.last_run && view.last_run->pause) {
            out.say(fmt::format("{}: the run pauses until {}: {}",
                                printable_line(view.account.name),
                                moment_text(view.last_run->pause->until),
                                printable_line(view.last_run->pause->reason)));
        }
    }
}

/// Mail missing on servers in such numbers that a person has to look.
void say_losses(Output& out, const std::vector<api::AccountView>& views) {
    for (const auto& view : views) {
        for (const auto& loss : view.losses) {
            const auto where = loss.name.empty() ? "the whole account" : loss.name;
            out.say(fmt::format(
                "{}: {} of {} missing on the server in {}, {}", printable_line(view.account.name),
                loss.lost, count_text(loss.held, "message"), printable_line(where),
                loss.accepted_at ? "accepted; the next run notes it" : "not taken for gone"));
        }
        if (needs_a_look(view)) {
            out.say("hint: look at the server; if that is right: mailkeep account accept " +
                    shell_word(view.account.name));
        }
    }
}

/// What servers delete sooner than they are asked to.
void say_expiries(Output& out, const std::vector<api::AccountView>& views) {
    for (const auto& view : views) {
        const auto warning = expiry_warning(view.maildrop, view.account.delete_policy);
        if (!warning.empty()) {
            out.say(printable_line(view.account.name) + ": " + warning);
        }
    }
}

/// How accounts are followed that are to be; all is said of those that are not.
void say_watches(Output& out, const std::vector<api::AccountView>& views) {
    for (const auto& view : views) {
        const auto& watching = view.watching;
        if (watching.state == WatchState::off) {
            continue;
        }
        const auto next = watching.next_try ? ", next try " + moment_text(watching.next_try) : "";
        out.say(
            fmt::format("{}: {} {} since {}{}{}", printable_line(view.account.name),
                        watching.state == WatchState::watching ? "follows" : "does not follow",
                        printable_line(join(watched_mailboxes(view.account), ", ")),
                        moment_text(watching.since), next,
                        watching.problem.empty() ? "" : ": " + printable_line(watching.problem)));
    }
}

void say_checks(Output& out, const sync::Health& health) {
    const auto oldest = health.oldest_check
                            ? "the oldest check on " + moment_text(health.oldest_check)
                            : std::string("some not since this catalog was made");
    if (health.packs > 0) {
        out.say(fmt::format("Checked in the last 30 days: {} of {}; {}", health.packs_checked,
                            count_text(health.packs, "pack"), oldest));
    }
}

/// What was found and is not mended; nothing when all is well.
void say_damage(Output& out, const sync::Health& health) {
    for (const auto& pack : health.damaged_packs) {
        out.say(fmt::format("{}; {} cannot be given back from it",
                            finding_text("damaged", {pack.name, pack.finding}),
                            count_text(pack.affected, "message")));
    }
    const auto& lost = health.damaged_messages;
    for (std::size_t i = 0; i < std::min(lost.size(), most_damaged); ++i) {
        const auto& [damage, known] = lost[i];
        out.say(finding_text("damaged", {"message " + damage.content_id.hex(), damage.what,
                                         damage.content_id, known}));
    }
    if (lost.size() > most_damaged) {
        out.say(fmt::format("damaged: {} more; --json names all",
                            count_text(lost.size() - most_damaged, "message")));
    }
    if (!health.damaged_packs.empty() || !lost.empty()) {
        out.say("hint: mailkeep repair --from a replica; `mailkeep verify --full` looks again");
    }
}

void say_chore(Output& out, std::string_view what, const std::optional<catalog::ChoreDone>& done) {
    if (done && !done->problem.empty()) {
        out.say(
            fmt::format("{}, {}: {}", what, moment_text(done->at), printable_line(done->problem)));
    }
}

void say_index(Output& out, const sync::Health& health) {
    if (health.unindexed > 0) {
        out.say(unindexed_text(health.unindexed));
    }
    std::vector<std::string> reasons;
    for (const auto& [reason, count] : health.troubled_attachments) {
        reasons.push_back(fmt::format("{} {}", count, reason));
    }
    if (!reasons.empty()) {
        out.say("attachments whose words are not all found: " + join(reasons, ", "));
    }
}

void say_proven(Output& out, const sync::Health& health) {
    if (!health.proven) {
        out.say("Last proven restorable: never; `mailkeep drill` tries it");
        return;
    }
    const auto& proof = *health.proven;
    const auto back = proof.returned_at ? fmt::format("; {} gave such back on {}", proof.target,
                                                      moment_text(proof.returned_at))
                                        : "";
    out.say(fmt::format("Last proven restorable: {}, by {}{}", moment_text(proof.at),
                        count_text(proof.messages, "message"), back));
}

void say_health(Output& out, const sync::Health& health) {
    say_index(out, health);
    say_proven(out, health);
    say_checks(out, health);
    say_damage(out, health);
    say_chore(out, "journals, checked", health.journals);
    say_chore(out, "retention was not applied", health.retention);
    say_chore(out, "the replica was not renewed", health.replica);
}

void say_mailboxes(Output& out, const std::vector<catalog::MailboxRow>& rows) {
    if (rows.empty()) {
        out.say("There is no mailbox yet.");
        return;
    }
    Table table({"ACCOUNT", "MAILBOX", "MESSAGES", "UNREAD", "SIZE", ""});
    for (const auto& row : rows) {
        table.add({row.account_name, row.name, std::to_string(row.messages),
                   std::to_string(row.unread), size_text(row.size),
                   row.is_gone ? "no longer on the server" : ""});
    }
    out.say(table.text());
}

/// The completeness statement: what became of the messages of each mailbox on its server.
void say_completeness(Output& out, const std::vector<catalog::MailboxRow>& rows) {
    Table table({"ACCOUNT", "MAILBOX", "ON SERVER", "ARCHIVED", "QUARANTINED", "STILL TO COME"});
    for (const auto& row : rows) {
        if (const auto& said = row.completeness) {
            table.add({row.account_name, row.name, std::to_string(said->on_server),
                       std::to_string(said->archived), std::to_string(said->quarantined),
                       std::to_string(said->to_come)});
        }
    }
    out.say(table.text());
    for (const auto& row : rows) {
        for (const auto& message : row.quarantined) {
            out.say(fmt::format("{}: {}, UID {}, since {}: {}", printable_line(row.account_name),
                                printable_line(row.name), message.uid, moment_text(message.since),
                                printable_line(message.reason)));
        }
    }
}

}  // namespace

ExitCode run(const Status& command, Context& context) {
    const Reading reading(context);
    api::StatusView status;
    status.accounts = account_views(reading, context);
    status.totals = reading.catalog.totals();
    status.size_on_disk = reading.archive.size_on_disk();
    status.health = sync::health_of(reading.catalog, context.clock.now());
    auto& out = context.out;
    out.say("Archive " + context.settings.data.string());
    out.say(fmt::format("{} ({}), standing {} time{}; {} on the disk\n",
                        count_text(status.totals.messages, "message"),
                        size_text(status.totals.octets), status.totals.placements,
                        status.totals.placements == 1 ? "" : "s", size_text(status.size_on_disk)));
    say_accounts(out, status.accounts);
    say_pauses(out, status.accounts);
    say_losses(out, status.accounts);
    say_expiries(out, status.accounts);
    say_watches(out, status.accounts);
    say_health(out, status.health);
    if (command.with_mailboxes) {
        status.mailboxes = reading.catalog.mailboxes({}, {});
        out.say("\n");
        say_mailboxes(out, *status.mailboxes);
        out.say("\n");
        say_completeness(out, *status.mailboxes);
    }
    out.result(api::status_json(status));
    return ExitCode::done;
}

ExitCode run(const Mailboxes& command, Context& context) {
    const Reading reading(context);
    std::optional<AccountId> account;
    if (!command.account.empty()) {
        account = account_named(reading.catalog, command.account).id;
    }
    const auto rows = reading.catalog.mailboxes(account, command.as_of);
    say_mailboxes(context.out, rows);
    context.out.result(api::mailboxes_json(rows));
    return ExitCode::done;
}

}  // namespace mailkeep::app
