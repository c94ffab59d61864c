// SPDX-License-Identifier: Apache-2.0
// All that is the same for every command: global flags, and what is said of words that make no
// command.
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "option_parser.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace mailkeep::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* footer =
    "Exit codes: 0 done; 1 failed; 2 bad usage; 3 finished, but some accounts or messages failed;\n"
    "4 the archive is damaged; 5 the archive is in use.";

void define_global_flags(Parser& parser) {
    auto& app = parser.app;
    app.fallthrough();             // inherited: global flags may stand after the command
    app.require_subcommand(0, 1);  // else the word `backup` in a search would be a command too
    app.set_version_flag("--version", "mailkeep " MAILKEEP_VERSION);
    app.footer(footer);
    add_setting(parser, app, "data", "--data",
                "The archive's folder ($MAILKEEP_DATA, else ~/.local/share/mailkeep)");
    add_setting(parser, app, "key_file", "--key-file",
                "Opens an encrypted archive ($MAILKEEP_KEY_FILE; else it asks)");
    add_setting(parser, app, "log_level", "--log-level", "error, warning, info or debug");
    app.add_option("--config", parser.config, "Settings (TOML)");
    app.add_flag("--json", parser.is_json, "One JSON object as last line on standard output");
    auto* quiet = app.add_flag("-q,--quiet", parser.is_quiet, "Errors only");
    app.add_flag("-v,--verbose", parser.is_verbose, "Say more")->excludes(quiet);
}

/// "mailkeep account add": as far as the words were understood.
std::string spoken_name(const CLI::App& app) {
    const auto commands = app.get_subcommands();
    return commands.empty() ? app.get_name()
                            : app.get_name() + " " + spoken_name(*commands.front());
}

Error usage_error(const Parser& parser, const std::string& text) {
    return {Errc::invalid, text, "Run `" + spoken_name(parser.app) + " --help` to see how."};
}

std::string sentence_of(const Parser& parser, const CLI::ParseError& error) {
    const auto rest = parser.app.remaining(true);
    const bool is_unknown_command =
        parser.app.get_subcommands().empty() && !rest.empty() && rest.front().front() != '-';
    if (is_unknown_command) {
        return "\"" + rest.front() + "\" is not a command of this version of mailkeep";
    }
    return error.what();
}

std::string help_for(const Parser& parser, const CLI::ParseError& request) {
    std::ostringstream text;
    parser.app.exit(request, text, text);
    return text.str();
}

Invocation invocation_of(Parser& parser) {
    Invocation invocation;
    invocation.verbosity = parser.is_quiet     ? Verbosity::quiet
                           : parser.is_verbose ? Verbosity::verbose
                                               : Verbosity::normal;
    if (!parser.config.empty()) {
        invocation.config = absolute_in(parser.folder, parser.config);
    }
    invocation.settings = std::move(parser.settings);
    invocation.command = std::move(*parser.command);
    return invocation;
}

}  // namespace

Style style_of(const std::vector<std::string>& arguments) {
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    const auto has = [&](const char* flag) {
        return std::find(arguments.begin(), end, flag) != end;
    };
    const bool is_quiet = has("-q") || has("--quiet");
    return {has("--json") ? Form::json : Form::text,
            is_quiet ? Verbosity::quiet : Verbosity::normal};
}

std::variant<Invocation, Notice> parse_arguments_as(void (*add_commands)(Parser&),
                                                    const std::vector<std::string>& arguments,
                                                    const fs::path& folder) {
    Parser parser(folder);
    define_global_flags(parser);
    add_commands(parser);
    try {
        parser.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::Success& request) {  // --help, --version
        return Notice{help_for(parser, request)};
    } catch (const CLI::ParseError& error) {
        throw usage_error(parser, sentence_of(parser, error));
    }
    if (!parser.command) {
        throw usage_error(parser, "no command was given");
    }
    return invocation_of(parser);
}

}  // namespace mailkeep::app
