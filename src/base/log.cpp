// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/log.hpp"

#include "mailkeep/base/text.hpp"

#include <unistd.h>

#include <array>
#include <atomic>

namespace mailkeep {

namespace {

std::atomic<LogLevel> least_level{LogLevel::warning};

struct Level {
    std::string_view prefix;  // sd-daemon(3): journald takes it off and files by it
    std::string_view name;
};

constexpr std::array levels{Level{"<3>", "error"}, Level{"<4>", "warning"}, Level{"<6>", "info"},
                            Level{"<7>", "debug"}};

/// logfmt: quoted when it holds a blank, "=" or a quote; control characters never pass.
void append_value(std::string& line, std::string_view value) {
    const bool is_plain = !value.empty() && value.find_first_of(" =\"\\") == std::string_view::npos;
    line += is_plain ? "" : "\"";
    for (const char c : value) {
        if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
            line += "\\x" + to_hex({&c, 1});
        } else {
            if (c == '"' || c == '\\') {
                line += '\\';
            }
            line += c;
        }
    }
    line += is_plain ? "" : "\"";
}

}  // namespace

void set_log_level(LogLevel least) {
    least_level = least;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level > least_level) {
        return;
    }
    const auto& [prefix, name] = levels.at(static_cast<std::size_t>(level));
    static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
    std::string line(is_terminal ? std::string_view() : prefix);
    line.append("level=").append(name).append(" event=").append(event);
    for (const auto& field : fields) {
        line.append(" ").append(field.name).append("=");
        append_value(line, field.value);
    }
    line += '\n';
    // One write, so that lines of several threads do not mix; nobody is left to tell of a failure.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mailkeep
