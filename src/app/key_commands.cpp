// SPDX-License-Identifier: Apache-2.0
// mailkeep key add, list, remove.
#include "mailkeep/api/json.hpp"
#include "mailkeep/archive/keys.hpp"
#include "mailkeep/base/error.hpp"

#include "commands.hpp"
#include "printable.hpp"

namespace mailkeep::app {

ExitCode run(const KeyAdd& command, Context& context, Workplace& place) {
    archive::add_key_slot(place.depot.data(), command.name, place.depot.archive().key(),
                          secret_of(context), context.clock.now());
    context.out.say("Key slot " + command.name + " opens the archive now");
    context.out.result(api::object({{"added", command.name}}));
    return ExitCode::done;
}

ExitCode run(const KeyList& /*command*/, Context& context) {
    const auto& data = context.settings.data;
    const bool is_encrypted = archive::is_encrypted(data);
    const auto slots = archive::key_slots(data);
    Table table({"NAME", "CREATED", "STATE"});
    for (const auto& slot : slots) {
        const bool is_usable = slot.problem.empty();
        table.add({printable_line(slot.name),
                   moment_text(is_usable ? std::optional(slot.created) : std::nullopt),
                   is_usable ? "good" : printable_line(slot.problem)});
    }
    if (is_encrypted) {
        context.out.say(table.text());
    } else {
        context.out.note("The archive is not encrypted");
    }
    context.out.result(api::key_slots_json(slots));
    return ExitCode::done;
}

ExitCode run(const KeyRemove& command, Context& context, Workplace& place) {
    archive::remove_key_slot(place.depot.data(), command.name);
    context.out.say("Key slot " + command.name + " is gone");
    context.out.note(
        "Who kept a copy of the slot and knows its passphrase can still open a copy of the "
        "archive");
    context.out.result(api::object({{"removed", command.name}}));
    return ExitCode::done;
}

}  // namespace mailkeep::app
