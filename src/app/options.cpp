// SPDX-License-Identifier: Apache-2.0
// Each define_… here and in the other *options.cpp files names the flags of one command and says
// how they become its value, once that command is named; together they are all that knows CLI11.
#include "options.hpp"

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

void define_init(Parser& parser, CLI::App& command) {
    command.add_flag("--encrypt", parser.draft.is_first,
                     "Encrypted, under a passphrase or with --key-file");
    add_password_flags(parser, command);
    command.callback([&parser] {
        parser.command = Init{parser.draft.is_first, secret_source(parser)};
    });
}

void add_replica_settings(Parser& parser, CLI::App& command) {
    add_setting(parser, command, "replica", "--replica", "A replica's folder, renewed after runs");
    add_setting(parser, command, "delete_needs_replica", "--delete-needs-replica",
                "true (as long as there is one) or false: what is not in the replica stays on the "
                "server");
}

void add_run_settings(Parser& parser, CLI::App& command) {
    add_setting(parser, command, "workers", "--workers", "How many accounts run at a time (2)");
    add_setting(
        parser, command, "connections", "--connections",
        "Connections of a backup to its server at most, 1 to 4: above 2 on a slow line only (4)");
    add_setting(parser, command, "compress", "--compress",
                "Whether IMAP servers compress much mail: auto, yes or no (auto)");
    add_extract_setting(parser, command);
    add_replica_settings(parser, command);
}

void define_serve(Parser& parser, CLI::App& command) {
    add_setting(parser, command, "listen", "--listen", "HOST:PORT (127.0.0.1:8025)");
    add_setting(parser, command, "host_names", "--host-names",
                "Names the page is called by, after commas: a reverse proxy's");
    add_run_settings(parser, command);
    command.callback([&parser] { parser.command = Serve{}; });
}

void define_backup(Parser& parser, CLI::App& command) {
    command.add_option("NAME", parser.draft.words);
    add_run_settings(parser, command);
    command.callback([&parser] { parser.command = Backup{parser.draft.words}; });
}

void define_status(Parser& parser, CLI::App& command) {
    command.add_flag("--mailboxes", parser.draft.is_first, "Every mailbox as well");
    command.callback([&parser] { parser.command = Status{parser.draft.is_first}; });
}

void define_all(Parser& parser) {
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
    add_command(parser, "init", "Make an empty archive", define_init);
    add_command(parser, "account", "Add, list, show, set, remove, accept, test", define_account);
    add_command(parser, "backup", "Back up all accounts, or those named, now", define_backup);
    add_command(parser, "status", "Accounts, runs, sizes, what is wrong", define_status);
    add_command(parser, "mailboxes", "Mailboxes and how much stands in them", define_mailboxes);
    add_command(parser, "search", "Find messages", define_search);
    add_command(parser, "show", "Show one message", define_show);
    add_command(parser, "thread", "The messages that answer each other, oldest first",
                define_thread);
    add_command(parser, "restore", "Give mail back to an IMAP server", define_restore);
    add_command(parser, "export", "Write messages as plain files", define_export);
    add_command(parser, "drill", "Try whether mail could be given back, on some of it",
                define_drill);
    add_command(parser, "import", "Take in mail from files", define_import);
    add_archive_commands(parser);
    add_command(parser, "serve", "Run the scheduler, the API and the page", define_serve);
    add_command(parser, "user", "Who may enter the page: add, list, passwd, remove", define_user);
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

std::variant<Invocation, Notice> parse_arguments(const std::vector<std::string>& arguments,
                                                 const fs::path& folder) {
    Parser parser(folder);
    define_all(parser);
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
