// SPDX-License-Identifier: Apache-2.0
// mailkeep seal.
#include "mailkeep/api/json.hpp"

#include "commands.hpp"
#include "printable.hpp"

#include <fmt/format.h>

#include <chrono>

namespace mailkeep::app {

ExitCode run(const Seal& /*command*/, Context& context, Workplace& place) {
    const auto begin = std::chrono::steady_clock::now();
    place.depot.keeper().close_journal();
    const auto sealed = place.depot.seal(context.stop, [] {});
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    for (const auto& finding : sealed.damaged) {
        context.out.say("damaged: " + printable_line(finding.object) + ": " +
                        printable_line(finding.what));
    }
    context.out.say(fmt::format("{} in {}, {} before and {} after, {:.1f} s",
                                count_text(sealed.messages, "message"),
                                count_text(sealed.packs, "pack"), size_text(sealed.bytes_before),
                                size_text(sealed.bytes_after), taken.count()));
    context.out.result(api::object({{"packs", sealed.packs},
                                    {"messages", sealed.messages},
                                    {"bytes_before", sealed.bytes_before},
                                    {"bytes_after", sealed.bytes_after},
                                    {"seconds", taken.count()}}));
    return sealed.damaged.empty() ? ExitCode::done : ExitCode::damaged;
}

}  // namespace mailkeep::app
