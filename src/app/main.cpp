// SPDX-License-Identifier: Apache-2.0
// The program: reads what is asked for, has it carried out here or by the service that holds the
// archive, and turns whatever went wrong into text and exit code.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/extract/worker.hpp"
#include "mailkeep/net/local_socket.hpp"

#include "commands.hpp"
#include "control.hpp"
#include "failure.hpp"
#include "secret_input.hpp"
#include "signals.hpp"

#include <malloc.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace mailkeep;
using namespace mailkeep::app;

/// Pieces of this size have pages of their own: large ones among small ones leave holes in the
/// heap.
constexpr int large_octets = 512 << 10;
/// So much that is free at the end of the heap stays with the process for its next use.
constexpr int spare_octets = 8 << 20;

/// What may run for long, write files or change the archive stops in order; the rest a signal
/// simply ends.
ExitCode carry_out_here_or_there(const Invocation& invocation, Context& context, Request request,
                                 Channel& channel) {
    const auto& command = invocation.command;
    const bool may_hand_over = needs_workplace(command);
    const bool may_stop = may_hand_over || std::holds_alternative<Serve>(command) ||
                          std::holds_alternative<Export>(command);
    if (!may_stop) {
        return carry_out(command, context);
    }
    ignore_broken_pipes();
    // A question is asked before signals are caught, so that one of them still ends it.
    if (!may_hand_over || net::connect_local(control_socket(context.settings)) == nullptr) {
        static_cast<void>(key_of(context));
    }
    const SignalWatch watch;
    context.stop = watch.token();
    if (may_hand_over) {
        request.secret = context.secret;
        const auto code =
            hand_over(control_socket(context.settings), request, channel, context.stop);
        if (code) {
            return *code;
        }
    }
    return carry_out(command, context);
}

ExitCode start(const std::vector<std::string>& arguments, Output& out, Channel& channel) {
    const auto folder = std::filesystem::current_path();
    const auto parsed = parse_arguments(arguments, folder);
    if (const auto* notice = std::get_if<Notice>(&parsed)) {
        out.raw(notice->text);
        return ExitCode::done;
    }
    const auto& invocation = std::get<Invocation>(parsed);
    const auto environment = own_environment();
    const auto settings = resolve_settings(invocation, environment, folder);
    set_log_level(settings.log_level);
    const SystemClock clock;
    Context context{settings, out, clock, std::nullopt, {}, std::nullopt};
    if (const auto wish = secret_wish(invocation.command)) {
        context.secret = read_secret(*wish, environment);
    }
    return carry_out_here_or_there(
        invocation, context, {arguments, folder.string(), std::nullopt, out.screen()}, channel);
}

}  // namespace

int main(int count, char** values) {
    // Else each thread gets a heap of its own, and what one gives back another cannot use.
    static_cast<void>(mallopt(M_ARENA_MAX, 1));
    static_cast<void>(mallopt(M_MMAP_THRESHOLD, large_octets));
    static_cast<void>(mallopt(M_TRIM_THRESHOLD, spare_octets));
    const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
    // Not for people, and before anything is opened: our own process for attachments.
    if (!arguments.empty() && arguments.front() == "extract") {
        return extract::serve({arguments.begin() + 1, arguments.end()});
    }
    StandardChannel channel;
    Output out(channel, style_of(arguments), own_screen());
    ExitCode code = ExitCode::failed;
    const auto failure = failure_of([&] { code = start(arguments, out, channel); });
    if (failure) {
        code = out.fail(*failure);
    }
    return static_cast<int>(code);
}
