// SPDX-License-Identifier: Apache-2.0
// mailkeep drill: whether mail could really be given back, tried on some of it.
#include "mailkeep/api/json.hpp"
#include "mailkeep/service/drill.hpp"

#include "commands.hpp"
#include "printable.hpp"
#include "progress_meter.hpp"

#include <fmt/format.h>

namespace mailkeep::app {

namespace {

std::optional<service::RestoreTarget> target_of(const Drill& command, const Context& context) {
    if (!command.target) {
        return std::nullopt;
    }
    return service::RestoreTarget{*command.target, secret_of(context)};
}

void say_drilled(Output& out, const sync::Drilled& drilled, const Drill& command) {
    out.say(fmt::format(
        "{} of {} rebuilt, {}, from {} and {}", drilled.messages - drilled.damaged.size(),
        count_text(drilled.messages, "message"), size_text(drilled.octets),
        count_text(drilled.files, "file"), count_text(drilled.accounts, "account")));
    if (command.target) {
        out.say(fmt::format("{} came back from {} as they were sent", drilled.returned,
                            to_url(*command.target)));
    }
}

void tell_failed(Output& out, const sync::Drilled& drilled) {
    for (const auto& finding : drilled.damaged) {
        out.complain(finding_text("damaged", finding));
    }
    for (const auto& what : drilled.altered) {
        out.complain(what);
    }
    if (!drilled.left_behind.empty()) {
        out.complain("the mailbox " + drilled.left_behind + " could not be removed");
        out.advise("Delete it on the server: it holds nothing but copies for this drill.");
    } else if (!drilled.damaged.empty()) {
        out.advise("`mailkeep repair` mends from a replica; `verify --full` looks at the rest.");
    } else if (!drilled.altered.empty()) {
        out.advise("The archive is right; this server does not keep such messages unchanged.");
    }
}

ExitCode code_of(const sync::Drilled& drilled) {
    if (!drilled.damaged.empty()) {
        return ExitCode::damaged;
    }
    return drilled.altered.empty() && drilled.left_behind.empty() ? ExitCode::done
                                                                  : ExitCode::partial;
}

}  // namespace

ExitCode run(const Drill& command, Context& context, Workplace& place) {
    sync::Progress progress;
    const auto target = target_of(command, context);
    const auto drilled = show_beside(
        [&] {
            return service::perform_drill(place.depot, command.sample, target, progress,
                                          context.stop);
        },
        progress, context.out);
    say_drilled(context.out, drilled, command);
    tell_failed(context.out, drilled);
    context.out.result(api::drill_result(drilled));
    return code_of(drilled);
}

}  // namespace mailkeep::app
