// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "config_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>

namespace mailkeep::app {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 11> names{
    "compress",  "connections", "data",     "delete_needs_replica",
    "extract",   "host_names",  "key_file", "listen",
    "log_level", "replica",     "workers"};
constexpr const char* usual_path = "/usr/local/bin:/usr/bin:/bin";
constexpr std::size_t most_workers = 32;
constexpr std::size_t most_connections = 4;

/// A value and where it was read, for complaints.
struct Found {
    std::string value;
    std::string place;
};

/// An empty variable counts as none, as the XDG specification wants it.
std::optional<std::string> variable(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? std::nullopt
                                                               : std::optional(found->second);
}

class Sources {
  public:
    Sources(const Invocation& invocation, const Environment& environment, const fs::path& folder)
        : flags_(invocation.settings), environment_(environment) {
        if (invocation.config) {
            file_path_ = *invocation.config;
        } else if (const auto path = variable(environment, "MAILKEEP_CONFIG")) {
            file_path_ = (folder / *path).lexically_normal();
        }
        if (!file_path_.empty()) {
            file_ = read_config_file(file_path_);
            require_known_names();
        }
    }

    [[nodiscard]] std::optional<Found> find(const std::string& name) const {
        if (const auto flag = flags_.find(name); flag != flags_.end()) {
            return Found{flag->second, "the command line"};
        }
        const auto variable_name = "MAILKEEP_" + to_upper_ascii(name);
        if (const auto value = variable(environment_, variable_name)) {
            return Found{*value, "$" + variable_name};
        }
        if (const auto entry = file_.find(name); entry != file_.end()) {
            return Found{entry->second, file_path_.string()};
        }
        return std::nullopt;
    }

  private:
    void require_known_names() const {
        for (const auto& [name, value] : file_) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                throw Error(Errc::invalid, file_path_.string() + ": there is no setting " + name,
                            fmt::format("Settings are: {}.", fmt::join(names, ", ")));
            }
        }
    }

    const std::map<std::string, std::string>& flags_;
    const Environment& environment_;
    fs::path file_path_;
    std::map<std::string, std::string> file_;
};

[[noreturn]] void refuse(const std::string& name, const Found& found, const std::string& hint) {
    throw Error(Errc::invalid,
                "\"" + found.value + "\" (" + found.place + ") is no value for " + name, hint);
}

fs::path default_data(const Environment& environment) {
    if (const auto base = variable(environment, "XDG_DATA_HOME")) {
        return fs::path(*base) / "mailkeep";
    }
    const auto home = variable(environment, "HOME");
    if (!home) {
        throw Error(Errc::invalid, "it is not known where the archive is: HOME is not set",
                    "Give --data DIR or set MAILKEEP_DATA.");
    }
    return fs::path(*home) / ".local/share/mailkeep";
}

/// HOST:PORT, with an IPv6 address in brackets (RFC 3986 section 3.2.2).
http::Bind bind_from(const Found& found) {
    const auto colon = found.value.rfind(':');
    const std::string_view behind =
        colon == std::string::npos ? "" : std::string_view(found.value).substr(colon + 1);
    const auto port = parse_number(behind);
    auto host = found.value.substr(0, colon);
    const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (is_bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    const bool is_bare_v6 = !is_bracketed && host.find(':') != std::string::npos;
    if (!port || *port > std::numeric_limits<std::uint16_t>::max() || host.empty() || is_bare_v6) {
        refuse("listen", found, "Write HOST:PORT, for example 127.0.0.1:8025 or [::1]:8025.");
    }
    return {host, static_cast<std::uint16_t>(*port), {}};
}

/// Separated by commas.
std::vector<std::string> names_from(std::string_view text) {
    std::vector<std::string> found;
    for (const auto piece : split(text, ',')) {
        if (!trim(piece).empty()) {
            found.emplace_back(trim(piece));
        }
    }
    return found;
}

LogLevel log_level_from(const Found& found) {
    constexpr std::array<std::pair<std::string_view, LogLevel>, 4> levels{
        {{"error", LogLevel::error},
         {"warning", LogLevel::warning},
         {"info", LogLevel::info},
         {"debug", LogLevel::debug}}};
    for (const auto& [name, level] : levels) {
        if (name == found.value) {
            return level;
        }
    }
    refuse("log_level", found, "Write error, warning, info or debug.");
}

/// The service tells what it does; a command shows it in its own words.
LogLevel default_log_level(const Invocation& invocation) {
    switch (invocation.verbosity) {
        case Verbosity::quiet:
            return LogLevel::error;
        case Verbosity::verbose:
            return LogLevel::debug;
        case Verbosity::normal:
            break;
    }
    return std::holds_alternative<Serve>(invocation.command) ? LogLevel::info : LogLevel::warning;
}

bool truth_from(const std::string& name, const Found& found) {
    if (found.value != "true" && found.value != "false") {
        refuse(name, found, "Write true or false.");
    }
    return found.value == "true";
}

std::size_t count_from(const std::string& name, const Found& found, std::size_t most) {
    const auto number = parse_number(found.value);
    if (!number || *number == 0 || *number > most) {
        refuse(name, found, "Write a number from 1 to " + std::to_string(most) + ".");
    }
    return *number;
}

imap::Compression compression_from(const Found& found) {
    constexpr std::array<std::pair<std::string_view, imap::Compression>, 3> words{
        {{"auto", imap::Compression::automatic},
         {"yes", imap::Compression::always},
         {"no", imap::Compression::never}}};
    const auto word = std::find_if(words.begin(), words.end(),
                                   [&](const auto& known) { return known.first == found.value; });
    if (word == words.end()) {
        refuse("compress", found, "Write auto, yes or no.");
    }
    return word->second;
}

/// A replica is what deleting waits for unless it is said not to.
std::optional<sync::ReplicaPolicy> replica_from(const Sources& sources, const fs::path& folder) {
    const auto waits = sources.find("delete_needs_replica");
    const bool deletes_wait = !waits || truth_from("delete_needs_replica", *waits);
    const auto replica = sources.find("replica");
    if (replica) {
        return sync::ReplicaPolicy{(folder / replica->value).lexically_normal(), deletes_wait};
    }
    if (waits && deletes_wait) {
        throw Error(Errc::invalid, "deleting cannot wait for a replica: none is set",
                    "Give --replica DIR, MAILKEEP_REPLICA or `replica` in the configuration.");
    }
    return std::nullopt;
}

std::optional<extract::Setup> extraction_from(const Sources& sources,
                                              const Environment& environment) {
    const auto extract = sources.find("extract");
    if (extract && !truth_from("extract", *extract)) {
        return std::nullopt;
    }
    return extract::setup_from(variable(environment, "PATH").value_or(usual_path));
}

}  // namespace

Environment own_environment() {
    Environment environment;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (const auto equals = text.find('='); equals != std::string_view::npos) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

Settings resolve_settings(const Invocation& invocation, const Environment& environment,
                          const fs::path& folder) {
    const Sources sources(invocation, environment, folder);
    Settings settings;
    const auto data = sources.find("data");
    settings.data =
        (folder / (data ? fs::path(data->value) : default_data(environment))).lexically_normal();
    if (const auto key_file = sources.find("key_file")) {
        settings.key_file = (folder / key_file->value).lexically_normal();
    }
    if (const auto listen = sources.find("listen")) {
        settings.listen = bind_from(*listen);
    }
    if (const auto host_names = sources.find("host_names")) {
        settings.listen.names = names_from(host_names->value);
    }
    const auto level = sources.find("log_level");
    settings.log_level = level ? log_level_from(*level) : default_log_level(invocation);
    if (const auto workers = sources.find("workers")) {
        settings.workers = count_from("workers", *workers, most_workers);
    }
    if (const auto connections = sources.find("connections")) {
        settings.connections = count_from("connections", *connections, most_connections);
    }
    if (const auto compress = sources.find("compress")) {
        settings.compression = compression_from(*compress);
    }
    settings.replica = replica_from(sources, folder);
    settings.extraction = extraction_from(sources, environment);
    return settings;
}

}  // namespace mailkeep::app
