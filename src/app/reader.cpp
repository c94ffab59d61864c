// SPDX-License-Identifier: Apache-2.0
// The program `mailkeep`: searches mail and shows it by itself, with the few libraries that this
// takes, so that it is done when others would still be loading. Whatever else is asked, the program
// beside it does, which is all of Mailkeep (main.cpp): it takes this one's place, with the same
// words, process and streams.
#include "mailkeep/archive/keys.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "commands.hpp"
#include "failure.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace {

using namespace mailkeep;
using namespace mailkeep::app;

template <class... Kinds>
std::optional<ExitCode> run_one_of(const Command& command, Context& context) {
    std::optional<ExitCode> code;
    const auto run_if = [&](const auto* chosen) {
        if (chosen != nullptr) {
            code = run(*chosen, context);
        }
    };
    (run_if(std::get_if<Kinds>(&command)), ...);
    return code;
}

/// Nothing, and nothing done: that is not for this program. It knows no ciphers
/// (base/left_out.cpp).
std::optional<ExitCode> read_mail(const std::vector<std::string>& arguments, Output& out) {
    const auto folder = std::filesystem::current_path();
    const auto invocation = parse_reading(arguments, folder);
    if (!invocation) {
        return std::nullopt;
    }
    const auto settings = resolve_settings(*invocation, own_environment(), folder);
    if (!settings.key_file.empty() || archive::is_encrypted(settings.data)) {
        return std::nullopt;
    }
    set_log_level(settings.log_level);
    const SystemClock clock;
    Context context{settings, out, clock, std::nullopt, {}, archive::DataKey()};
    return run_one_of<Search, Show, Thread>(invocation->command, context);
}

/// Returns only when that cannot be done.
Error become_whole_program(char** values) {
    std::error_code unknown;
    const auto here = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
    const auto program = here / "mailkeep-whole";
    ::execv(program.c_str(), values);
    return {Errc::storage,
            "cannot start " + program.string() +
                ", the other program of Mailkeep: " + std::strerror(errno),
            "Install both in one folder: `cmake --install` does, or copy mailkeep-whole there."};
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
    StandardChannel channel;
    Output out(channel, style_of(arguments), own_screen());
    std::optional<ExitCode> code;
    const auto failure = failure_of([&] { code = read_mail(arguments, out); });
    if (failure) {
        code = out.fail(*failure);
    }
    if (!code) {
        code = out.fail(become_whole_program(values));
    }
    return static_cast<int>(*code);
}
