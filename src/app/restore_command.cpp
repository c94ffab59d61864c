// SPDX-License-Identifier: Apache-2.0
// mailkeep restore: through the runner too, like a backup.
#include "mailkeep/api/restore_json.hpp"
#include "mailkeep/base/error.hpp"

#include "commands.hpp"
#include "printable.hpp"
#include "run_watch.hpp"

#include <fmt/format.h>

#include <memory>

namespace mailkeep::app {

namespace {

/// Of what cannot go, for people: the rest is in the JSON.
constexpr std::size_t named_hindrances = 10;

service::RestoreTarget target_of(const Restore& command, const Context& context,
                                 const catalog::Catalog& catalog) {
    return command.account.empty()
               ? service::RestoreTarget{command.target, secret_of(context)}
               : service::restore_target(account_named(catalog, command.account));
}

std::string sources_text(const sync::MailboxRestore& mailbox) {
    std::string text;
    for (const auto& source : mailbox.sources) {
        text += (text.empty() ? "" : ", ") + source.account + ": " + source.mailbox;
    }
    return text;
}

std::string plan_table(const sync::RestoreReport& report) {
    Table table({"Mailbox", "To append", "Size", "There", "Cannot go", "From"});
    for (const auto& mailbox : report.mailboxes) {
        table.add({mailbox.name + (mailbox.is_created ? " (new)" : ""),
                   std::to_string(mailbox.to_append), size_text(mailbox.octets),
                   std::to_string(mailbox.already_there), std::to_string(sync::failed(mailbox)),
                   sources_text(mailbox)});
    }
    return table.text();
}

void tell_mailbox(Output& out, const sync::MailboxRestore& mailbox, bool is_dry) {
    const auto name = printable_line(mailbox.name);
    if (!mailbox.remark.empty()) {
        out.say(fmt::format("{}: called so because {}", name, printable_line(mailbox.remark)));
    }
    for (const auto& [what, messages] : mailbox.altered) {
        out.say(fmt::format("{}: {} {} {}", name, count_text(messages, "message"),
                            is_dry ? "would be" : "now", printable_line(what)));
    }
    std::size_t named = 0;
    for (const auto& hindrance : mailbox.hindrances) {
        if (is_dry && named++ < named_hindrances) {
            out.say(fmt::format("{}: message {} cannot go: {}", name, hindrance.message.hex(),
                                printable_line(hindrance.reason)));
        }
    }
}

void tell_limits(Output& out, const sync::RestoreReport& report) {
    if (report.free_octets) {
        out.say(fmt::format("The server says that {} are free.{}", size_text(*report.free_octets),
                            sync::exceeds_quota(report) ? " That is not enough." : ""));
    }
    if (!report.is_verified) {
        return;
    }
    std::uint64_t identical = 0;
    std::uint64_t differing = 0;
    for (const auto& mailbox : report.mailboxes) {
        identical += mailbox.identical;
        differing += mailbox.differing;
    }
    out.say(
        fmt::format("Read back: {} identical, {} altered by the server.", identical, differing));
}

std::string restore_text(const Run& run, sync::Effect effect) {
    const auto& counts = run.counts;
    const auto end = run.finished.value_or(run.started);
    return fmt::format(
        "{} {}, {} already there, {} failed, {:.1f} s", count_text(counts.appended, "message"),
        effect == sync::Effect::dry_run ? "would be appended" : "appended", counts.already_there,
        counts.failed, std::chrono::duration<double>(end - run.started).count());
}

}  // namespace

ExitCode run(const Restore& command, Context& context, Workplace& place) {
    const auto catalog = place.depot.open_catalog();
    const auto target = target_of(command, context, catalog);
    const auto name = command.account.empty() ? to_url(target.server) : command.account;
    const auto told = std::make_shared<sync::RestoreReport>();  // filled in before the run ends
    const auto id =
        place.runner.start_restore(target,
                                   {selection_of(command.choice, catalog), command.prefix,
                                    command.effect, command.alterations, command.verifies},
                                   [told](const sync::RestoreReport& report) {
                                       *told = report;
                                       return api::restore_json(report);
                                   });
    const auto run = await_runs({{id, name}}, context, place, catalog).front();
    const auto& report = *told;
    const bool is_dry = command.effect == sync::Effect::dry_run;
    if (is_dry && !report.mailboxes.empty()) {
        context.out.say(plan_table(report));
    }
    for (const auto& mailbox : report.mailboxes) {
        tell_mailbox(context.out, mailbox, is_dry);
    }
    tell_limits(context.out, report);
    context.out.say(restore_text(run, command.effect));
    tell_failures(context.out, run, name);
    context.out.result(api::restore_result(run, report));
    return exit_code_for(run);
}

}  // namespace mailkeep::app
