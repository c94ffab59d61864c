// SPDX-License-Identifier: Apache-2.0
// One logfmt line to standard error for each thing worth knowing afterwards; journald reads the
// "<N>" priority in front. Never a secret, a subject or octets of a message.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mailkeep {

enum class LogLevel { error, warning, info, debug };

struct LogField {
    LogField(std::string_view name_, std::string_view value_) : name(name_), value(value_) {}

    LogField(std::string_view name_, const char* value_) : name(name_), value(value_) {}

    LogField(std::string_view name_, const std::string& value_) : name(name_), value(value_) {}

    template <std::integral Number>
    LogField(std::string_view name_, Number number) : name(name_), value(std::to_string(number)) {}

    std::string_view name;
    std::string value;
};

/// Lines less important than this are dropped. The default is warning.
void set_log_level(LogLevel least);

/// event is "room.verb", e.g. "run.finished". Safe to call from any thread.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

inline void log_error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::error, event, fields);
}

inline void log_warning(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::warning, event, fields);
}

inline void log_info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::info, event, fields);
}

inline void log_debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::debug, event, fields);
}

}  // namespace mailkeep
