// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include "mailkeep/api/json.hpp"
#include "mailkeep/base/text.hpp"

#include "printable.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mailkeep::app {

namespace {

/// 0, or the errno of what stopped it.
int write_whole(int descriptor, std::string_view octets) {
    while (!octets.empty()) {
        const auto written = ::write(descriptor, octets.data(), octets.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno;
        }
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

std::string_view environment_text(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

/// For errors that come without one: a complaint is never left alone.
std::string_view last_hint(Errc code) {
    switch (code) {
        case Errc::invalid:
            return "`mailkeep --help` lists the commands, `mailkeep COMMAND --help` their options.";
        case Errc::not_found:
        case Errc::conflict:
            return "`mailkeep status` tells what there is.";
        case Errc::cancelled:
            return "Run it again: what has been done by now is kept.";
        default:
            return "Try again; -v tells more.";
    }
}

std::string with_line_end(std::string_view text) {
    std::string line(text);
    if (line.empty() || line.back() != '\n') {
        line += '\n';
    }
    return line;
}

}  // namespace

void StandardChannel::out(std::string_view octets) {
    const int error = write_whole(STDOUT_FILENO, octets);
    if (error == EPIPE) {
        throw Error(Errc::cancelled, "nobody reads standard output any more");
    }
    if (error != 0) {
        throw Error(Errc::storage,
                    std::string("cannot write to standard output: ") + std::strerror(error));
    }
}

void StandardChannel::err(std::string_view octets) {
    write_whole(STDERR_FILENO, octets);
}

Screen own_screen() {
    Screen screen;
    screen.is_terminal = ::isatty(STDERR_FILENO) == 1 && environment_text("TERM") != "dumb";
    screen.has_color = screen.is_terminal && environment_text("NO_COLOR").empty();
    winsize size{};
    if (screen.is_terminal && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        screen.columns = size.ws_col;
    }
    return screen;
}

ExitCode exit_code_for(Errc code) {
    switch (code) {
        case Errc::invalid:
            return ExitCode::usage;
        case Errc::corrupt:
            return ExitCode::damaged;
        case Errc::in_use:
            return ExitCode::in_use;
        default:
            return ExitCode::failed;
    }
}

Output::Output(Channel& channel, Style style, Screen screen)
    : channel_(channel), style_(style), screen_(screen) {}

void Output::say(std::string_view text) {
    clear_bar();
    if (style_.form == Form::text) {
        channel_.out(with_line_end(text));
    } else {
        note(text);
    }
}

void Output::note(std::string_view text) {
    if (style_.verbosity != Verbosity::quiet) {
        to_err(with_line_end(text));
    }
}

void Output::result(std::string_view json) {
    if (style_.form == Form::json) {
        clear_bar();
        channel_.out(with_line_end(json));
    }
}

void Output::raw(std::string_view octets) {
    clear_bar();
    channel_.out(octets);
}

void Output::complain(std::string_view text) {
    const std::string name = screen_.has_color ? "\x1b[1;31mmailkeep:\x1b[0m " : "mailkeep: ";
    to_err(name + printable_line(text) + "\n");
}

void Output::advise(std::string_view hint) {
    to_err("hint: " + printable_line(hint) + "\n");
}

ExitCode Output::fail(const Error& error) {
    complain(error.what());
    advise(error.hint().empty() ? last_hint(error.code()) : error.hint());
    result(api::error_json(error));
    return exit_code_for(error.code());
}

void Output::show_bar(std::string_view line) {
    if (!screen_.is_terminal || style_.verbosity == Verbosity::quiet) {
        return;
    }
    // The last column stays free: a full line would wrap, and only its end be replaced.
    channel_.err("\r\x1b[K" + std::string(clip_columns(line, screen_.columns - 1)));
    has_bar_ = true;
}

void Output::clear_bar() {
    if (has_bar_) {
        channel_.err("\r\x1b[K");
        has_bar_ = false;
    }
}

void Output::to_err(std::string_view text) {
    clear_bar();
    channel_.err(text);
}

}  // namespace mailkeep::app
