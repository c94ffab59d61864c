// SPDX-License-Identifier: Apache-2.0
// mailkeep compact, and hold add, list, remove.
#include "mailkeep/api/json.hpp"
#include "mailkeep/api/retention_json.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/sync/compact.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::app {

namespace {

std::string fate_text(const sync::Portion& portion, sync::Effect effect) {
    switch (portion.fate) {
        case sync::Fate::kept:
            return "stay";
        case sync::Fate::waiting:
            return "stay: vanished only lately";
        case sync::Fate::held:
            return "stay: hold \"" + portion.hold + "\"";
        case sync::Fate::expired:
            return effect == sync::Effect::dry_run ? "would expire" : "expired";
    }
    return {};
}

void say_portions(Output& out, const sync::Compacted& done, sync::Effect effect,
                  const api::AccountNames& names) {
    if (done.portions.empty()) {
        out.say("No rule lets go of anything today");
        return;
    }
    Table table({"ACCOUNT", "MAILBOX", "RULE", "MESSAGES", "SIZE", ""});
    for (const auto& portion : done.portions) {
        const auto name = names.find(portion.account);
        table.add({name == names.end() ? "" : name->second, portion.mailbox, portion.rule,
                   std::to_string(portion.messages.size()), size_text(portion.octets),
                   fate_text(portion, effect)});
    }
    out.say(table.text());
}

void say_rest(Output& out, const sync::Compacted& done, sync::Effect effect) {
    if (done.packs_rewritten > 0) {
        out.say(fmt::format("{} written again without what expired: {} became {}",
                            count_text(done.packs_rewritten, "pack"), size_text(done.bytes_before),
                            size_text(done.bytes_after)));
    }
    for (const auto& file : done.trash) {
        const auto* const went = effect == sync::Effect::dry_run ? "would go now" : "is gone";
        out.say(fmt::format("trash/{} ({}) {}", printable_line(file.name), size_text(file.size),
                            file.waits.empty() ? went : file.waits));
    }
    for (const auto& finding : done.damaged) {
        out.say("damaged: " + printable_line(finding.object) + ": " + printable_line(finding.what));
    }
}

void require_hold_name(const std::string& name) {
    if (name.empty() || printable_line(name) != name) {
        throw Error(Errc::invalid, "a hold needs a name without control characters");
    }
}

bool is_placed(const catalog::Catalog& catalog, const std::string& name) {
    const auto holds = catalog.holds();
    return std::any_of(holds.begin(), holds.end(),
                       [&](const catalog::PlacedHold& placed) { return placed.hold.name == name; });
}

archive::Batch batch_of(Context& context, decltype(Event::what) what) {
    archive::Batch batch;
    batch.add_event({context.clock.now(), {}, std::move(what)});
    return batch;
}

}  // namespace

ExitCode run(const Compact& command, Context& context, Workplace& place) {
    const auto names = api::account_names(place.depot.open_catalog());
    const auto done = place.depot.compact(
        {.now = sync::read_clocks(context.clock), .effect = command.effect, .trust = command.trust},
        context.stop);
    if (done.clock_problem.empty()) {
        say_portions(context.out, done, command.effect, names);
    } else {
        context.out.say("Nothing would be decided: the machine's clock is not to be believed, " +
                        done.clock_problem);
    }
    say_rest(context.out, done, command.effect);
    context.out.result(api::compact_result(done, command.effect, names));
    return done.damaged.empty() ? ExitCode::done : ExitCode::damaged;
}

ExitCode run(const HoldAdd& command, Context& context, Workplace& place) {
    require_hold_name(command.name);
    place.depot.keeper().keep_with([&](const catalog::Catalog& catalog) {
        if (is_placed(catalog, command.name)) {
            throw Error(Errc::conflict, "there is a hold \"" + command.name + "\" already",
                        "`mailkeep hold list` shows it; choose another name.");
        }
        Hold hold{command.name, {}, command.mailbox, command.reason};
        if (!command.account.empty()) {
            hold.account = account_named(catalog, command.account).id;
        }
        return batch_of(context, HoldPlaced{std::move(hold)});
    });
    context.out.say("Nothing of this expires while the hold " + command.name + " is in place");
    context.out.result(api::object({{"name", command.name}}));
    return ExitCode::done;
}

ExitCode run(const HoldList& /*command*/, Context& context) {
    const Reading reading(context);
    const auto holds = reading.catalog.holds();
    const auto names = api::account_names(reading.catalog);
    if (holds.empty()) {
        context.out.say("There is no hold");
    } else {
        Table table({"HOLD", "ACCOUNT", "MAILBOX", "SINCE", "REASON"});
        for (const auto& [hold, placed_at] : holds) {
            const auto name = names.find(hold.account);
            table.add({hold.name,
                       !hold.account         ? "all"
                       : name == names.end() ? "a removed one"
                                             : name->second,
                       hold.mailbox.empty() ? "all" : hold.mailbox, moment_text(placed_at),
                       hold.reason});
        }
        context.out.say(table.text());
    }
    context.out.result(api::holds_json(holds, names));
    return ExitCode::done;
}

ExitCode run(const HoldRemove& command, Context& context, Workplace& place) {
    place.depot.keeper().keep_with([&](const catalog::Catalog& catalog) {
        if (!is_placed(catalog, command.name)) {
            throw Error(Errc::not_found, "there is no hold \"" + command.name + "\"",
                        "`mailkeep hold list` shows those there are.");
        }
        return batch_of(context, HoldLifted{command.name});
    });
    context.out.say("The hold " + printable_line(command.name) + " is lifted");
    context.out.result(api::object({{"removed", command.name}}));
    return ExitCode::done;
}

}  // namespace mailkeep::app
