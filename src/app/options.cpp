// SPDX-License-Identifier: Apache-2.0
// The only file that knows CLI11. Each define_… names the flags of one command and says how they
// become its value.
#include "options.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace mailkeep::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* footer =
    "Exit codes: 0 done; 1 failed; 2 bad usage; 3 finished, but some accounts or messages failed;\n"
    "4 the archive is damaged; 5 the archive is in use.";

/// What CLI11 writes into while it parses; one for all commands, since only one is given.
struct Draft {
    std::string name;
    std::vector<std::string> words;
    std::string url;
    std::string ca_file;
    std::string fingerprint;
    std::string schedule;
    std::string delete_policy;
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::string new_name;
    bool is_plaintext = false;
    std::string password_file;
    std::string password_variable;
    bool has_password_on_stdin = false;
    bool asks_password = false;
    std::string account;
    std::vector<std::string> mailboxes;
    std::string query;
    std::string as_of;
    std::string prefix;
    std::string output;
    std::string format;
    std::string key_file;
    std::size_t limit = 50;
    int part = 0;
    bool is_first = false;   ///< the one switch of a command that has one
    bool is_second = false;  ///< and of those that have more
    bool is_third = false;
};

struct Parser {
    explicit Parser(const fs::path& folder_)
        : app("Mailkeep keeps a copy of all your mail and gives it back.", "mailkeep"),
          folder(folder_) {}

    CLI::App app;
    const fs::path& folder;
    Draft draft;
    std::map<std::string, std::string> settings;
    std::string config;
    bool is_json = false;
    bool is_quiet = false;
    bool is_verbose = false;
    std::optional<Command> command;
};

fs::path absolute_in(const fs::path& folder, const std::string& path) {
    return (folder / path).lexically_normal();
}

void add_setting(Parser& parser, CLI::App& command, const std::string& name,
                 const std::string& flag, const std::string& text) {
    command.add_option_function<std::string>(
        flag, [&parser, name](const std::string& value) { parser.settings[name] = value; }, text);
}

/// One value each time it is given, so that what follows is not swallowed.
void add_repeated(CLI::App& command, const std::string& flag, std::vector<std::string>& into,
                  const std::string& text) {
    command.add_option(flag, into, text)->allow_extra_args(false);
}

void add_password_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    auto& group = *command.add_option_group("Password", "Where the password comes from");
    group.require_option(0, 1);
    group.add_option("--password-file", draft.password_file, "The content of this file");
    group.add_option("--password-env", draft.password_variable, "This environment variable");
    group.add_flag("--password-stdin", draft.has_password_on_stdin, "Standard input");
    group.add_flag("--password-prompt", draft.asks_password, "Ask for it on the terminal");
}

SecretSource secret_source(const Parser& parser) {
    const auto& draft = parser.draft;
    if (!draft.password_file.empty()) {
        return {SecretSource::Kind::file, absolute_in(parser.folder, draft.password_file)};
    }
    if (!draft.password_variable.empty()) {
        return {SecretSource::Kind::environment, draft.password_variable};
    }
    if (draft.has_password_on_stdin) {
        return {SecretSource::Kind::standard_input, {}};
    }
    return {draft.asks_password ? SecretSource::Kind::prompt : SecretSource::Kind::unset, {}};
}

void add_server_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command.add_flag("--insecure-plaintext", draft.is_plaintext,
                     "No TLS; only for a server on this machine, for tests");
    command.add_option("--ca-file", draft.ca_file,
                       "Certificates to trust instead of the system's (PEM)");
    command.add_option("--tls-fingerprint", draft.fingerprint,
                       "Trust exactly the certificate with this SHA-256");
}

void add_account_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    add_server_flags(parser, command);
    add_repeated(command, "--include", draft.include, "Only mailboxes like this (* and ?)");
    add_repeated(command, "--exclude", draft.exclude, "No mailboxes like this");
    command.add_option("--schedule", draft.schedule, R"("@every 15m" (s, m, h, d) or manual)");
    command.add_option("--delete-from-server", draft.delete_policy,
                       "never, archived, or a number of days such as 30d");
    add_password_flags(parser, command);
}

Server server_of(const Draft& draft) {
    auto server = server_from_url(draft.url);
    if (draft.is_plaintext) {
        if (server.security == Security::tls) {
            throw Error(Errc::invalid, "--insecure-plaintext goes with imap:// or pop3:// only");
        }
        server.security = Security::plaintext;
    }
    return server;
}

std::string checked_ca_file(const Parser& parser) {
    if (parser.draft.ca_file.empty()) {
        return {};
    }
    const auto path = absolute_in(parser.folder, parser.draft.ca_file);
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) {
        throw Error(Errc::invalid, "there is no file " + path.string() + " for --ca-file");
    }
    return path;
}

std::string checked_fingerprint(const std::string& given) {
    auto digits = to_lower_ascii(given);
    std::erase(digits, ':');
    if (!digits.empty() && !Digest::from_hex(digits)) {
        throw Error(Errc::invalid, "--tls-fingerprint wants 64 hex digits",
                    "openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE shows it.");
    }
    return digits;
}

/// An empty pattern takes the earlier ones away.
std::vector<std::string> patterns(std::vector<std::string> given) {
    std::erase(given, "");
    return given;
}

AccountChange account_change(const Parser& parser, const CLI::App& command) {
    const auto& draft = parser.draft;
    AccountChange change;
    if (!draft.url.empty()) {
        change.server = server_of(draft);
    } else if (draft.is_plaintext) {
        throw Error(Errc::invalid, "--insecure-plaintext goes with --url");
    }
    if (command.count("--ca-file") > 0) {
        change.ca_file = checked_ca_file(parser);
    }
    if (command.count("--tls-fingerprint") > 0) {
        change.tls_fingerprint = checked_fingerprint(draft.fingerprint);
    }
    if (command.count("--include") > 0) {
        change.include = patterns(draft.include);
    }
    if (command.count("--exclude") > 0) {
        change.exclude = patterns(draft.exclude);
    }
    if (!draft.schedule.empty()) {
        change.schedule = schedule_from_text(draft.schedule);
    }
    if (!draft.delete_policy.empty()) {
        change.delete_policy = delete_policy_from_text(draft.delete_policy);
    }
    if (!draft.new_name.empty()) {
        change.name = draft.new_name;
    }
    return change;
}

std::optional<Timestamp> moment(const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto at = parse_rfc3339(text);
    if (!at) {
        throw Error(Errc::invalid, "\"" + text + "\" is not a moment",
                    "Write 2026-11-23 or 2026-11-23T04:05:06Z.");
    }
    return at;
}

void add_choice_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command.add_option("--query", draft.query, "Only what this search finds");
    command.add_option("--account", draft.account, "Only of this account");
    add_repeated(command, "--mailbox", draft.mailboxes, "Only of this mailbox; may be repeated");
    command.add_option("--as-of", draft.as_of, "What stood there at this moment, not now");
}

Choice choice_of(const Draft& draft) {
    return {draft.account, draft.mailboxes, catalog::SearchQuery::parse(draft.query),
            moment(draft.as_of)};
}

CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& text) {
    return *parent.add_subcommand(name, text);
}

CLI::App& add_named_command(Parser& parser, CLI::App& parent, const std::string& name,
                            const std::string& text) {
    auto& command = add_command(parent, name, text);
    command.add_option("NAME", parser.draft.name)->required();
    return command;
}

void define_init(Parser& parser) {
    auto& command = add_command(parser.app, "init", "Make an empty archive");
    command.add_flag("--encrypt", parser.draft.is_first, "Not in this version");
    command.add_option("--key-file", parser.draft.key_file, "Not in this version");
    command.callback([&parser] {
        if (parser.draft.is_first || !parser.draft.key_file.empty()) {
            throw Error(Errc::invalid, "encrypted archives are not in this version yet",
                        "Leave out --encrypt, or put the data directory on an encrypted disk.");
        }
        parser.command = Init{};
    });
}

void define_serve(Parser& parser) {
    auto& command = add_command(parser.app, "serve", "Run the scheduler, the API and the page");
    add_setting(parser, command, "listen", "--listen", "HOST:PORT (127.0.0.1:8025)");
    add_setting(parser, command, "host_names", "--host-names",
                "Names the page is called by, after commas: a reverse proxy's");
    add_setting(parser, command, "workers", "--workers", "How many accounts run at a time (2)");
    command.callback([&parser] { parser.command = Serve{}; });
}

void define_account_add(Parser& parser, CLI::App& account) {
    auto& command = add_named_command(parser, account, "add", "Add a mail server's account");
    command.add_option("URL", parser.draft.url, "imaps://user@host[:port], imap, pop3s or pop3")
        ->required();
    add_account_flags(parser, command);
    command.callback([&parser, &command] {
        Account fresh;
        fresh.name = parser.draft.name;
        fresh.server = server_of(parser.draft);
        if (fresh.server.protocol == Protocol::pop3) {
            fresh.delete_policy.kind = DeletePolicy::Kind::archived;
        }
        parser.command = AccountAdd{changed(std::move(fresh), account_change(parser, command)),
                                    secret_source(parser)};
    });
}

void define_account_set(Parser& parser, CLI::App& account) {
    auto& command = add_named_command(parser, account, "set", "Change an account's settings");
    command.add_option("--url", parser.draft.url, "Another server, port or user");
    command.add_option("--name", parser.draft.new_name, "Another name");
    add_account_flags(parser, command);
    command.callback([&parser, &command] {
        parser.command =
            AccountSet{parser.draft.name, account_change(parser, command), secret_source(parser)};
    });
}

void define_account(Parser& parser) {
    auto& account = add_command(parser.app, "account", "Add, list, show, set, remove, test");
    account.require_subcommand(1);
    define_account_add(parser, account);
    add_command(account, "list", "All accounts").callback([&parser] {
        parser.command = AccountList{};
    });
    add_named_command(parser, account, "show", "One account").callback([&parser] {
        parser.command = AccountShow{parser.draft.name};
    });
    define_account_set(parser, account);
    add_named_command(parser, account, "remove", "Remove an account; its mail stays archived")
        .callback([&parser] { parser.command = AccountRemove{parser.draft.name}; });
    auto& test = add_named_command(parser, account, "test", "Log in, say what the server offers");
    add_password_flags(parser, test);
    test.callback([&parser] {
        parser.command = AccountTest{parser.draft.name, secret_source(parser)};
    });
}

void define_backup(Parser& parser) {
    auto& command = add_command(parser.app, "backup", "Back up all accounts, or those named, now");
    command.add_option("NAME", parser.draft.words);
    add_setting(parser, command, "workers", "--workers", "How many accounts run at a time (2)");
    command.callback([&parser] { parser.command = Backup{parser.draft.words}; });
}

void define_status(Parser& parser) {
    auto& command = add_command(parser.app, "status", "Accounts, runs, sizes, what is wrong");
    command.add_flag("--mailboxes", parser.draft.is_first, "Every mailbox as well");
    command.callback([&parser] { parser.command = Status{parser.draft.is_first}; });
}

void define_mailboxes(Parser& parser) {
    auto& command = add_command(parser.app, "mailboxes", "Mailboxes and how much stands in them");
    command.add_option("--account", parser.draft.account, "Only of this account");
    command.add_option("--as-of", parser.draft.as_of, "At this moment, not now");
    command.callback([&parser] {
        parser.command = Mailboxes{parser.draft.account, moment(parser.draft.as_of)};
    });
}

void define_search(Parser& parser) {
    auto& command = add_command(parser.app, "search", "Find messages, newest first");
    command.add_option("QUERY", parser.draft.words,
                       "Words, \"a phrase\", from: to: subject: in: before: … (after -- when it "
                       "begins with a dash)");
    command.add_option("--limit", parser.draft.limit, "How many to show (50)")
        ->check(CLI::Range(1, 100'000));
    command.add_option("--as-of", parser.draft.as_of, "What stood there at this moment");
    command.callback([&parser] {
        const auto& draft = parser.draft;
        parser.command = Search{catalog::SearchQuery::parse(join(draft.words, " ")), draft.limit,
                                moment(draft.as_of)};
    });
}

std::string checked_id(const std::string& given) {
    auto id = to_lower_ascii(given);
    if (id.size() < 8 || id.size() > 64 ||
        id.find_first_not_of("0123456789abcdef") != std::string::npos) {
        throw Error(Errc::invalid, "\"" + given + "\" is not a message's id",
                    "Give at least 8 hex digits of what `mailkeep search` shows.");
    }
    return id;
}

void define_show(Parser& parser) {
    auto& draft = parser.draft;
    auto& command = add_command(parser.app, "show", "Show one message");
    command.add_option("ID", draft.name, "The id, or 8 digits of it or more")->required();
    auto& group = *command.add_option_group("View", "What of it; else what people read");
    group.require_option(0, 1);
    group.add_flag("--raw", draft.is_first, "The exact octets");
    group.add_flag("--headers", draft.is_second, "The header fields, decoded");
    group.add_flag("--text", draft.is_third, "The text alone");
    group.add_option("--part", draft.part, "The octets of this part")->check(CLI::PositiveNumber);
    command.callback([&parser] {
        const auto& given = parser.draft;
        const auto view = given.is_first    ? Show::View::raw
                          : given.is_second ? Show::View::headers
                          : given.is_third  ? Show::View::text
                          : given.part > 0  ? Show::View::part
                                            : Show::View::readable;
        const bool is_octets = view == Show::View::raw || view == Show::View::part;
        if (is_octets && parser.is_json) {
            throw Error(Errc::invalid, "--json does not go with octets on standard output");
        }
        parser.command = Show{checked_id(given.name), view, given.part};
    });
}

Server restore_target(const Parser& parser) {
    AccountChange change;
    change.server = server_of(parser.draft);
    change.ca_file = checked_ca_file(parser);
    change.tls_fingerprint = checked_fingerprint(parser.draft.fingerprint);
    const auto server = changed(Account{}, change).server;
    if (server.protocol != Protocol::imap) {
        throw Error(Errc::invalid, "mail can be given back to an IMAP server only",
                    "Write --to imaps://user@host[:port] or imap://….");
    }
    return server;
}

void define_restore(Parser& parser) {
    auto& draft = parser.draft;
    auto& command = add_command(parser.app, "restore", "Give mail back to an IMAP server");
    command.add_option("--to", draft.url, "imaps://user@host[:port] or imap://…")->required();
    add_server_flags(parser, command);
    add_choice_flags(parser, command);
    command.add_option("--prefix", draft.prefix, "Put everything below this mailbox");
    command.add_flag("--dry-run", draft.is_first, "Only count");
    add_password_flags(parser, command);
    command.callback([&parser] {
        const auto effect = parser.draft.is_first ? sync::Effect::dry_run : sync::Effect::apply;
        parser.command = Restore{restore_target(parser), secret_source(parser),
                                 choice_of(parser.draft), parser.draft.prefix, effect};
    });
}

sync::ExportFormat export_format(const std::string& name) {
    if (name == "eml") {
        return sync::ExportFormat::eml;
    }
    if (name == "mbox") {
        return sync::ExportFormat::mbox;
    }
    throw Error(Errc::invalid, "\"" + name + "\" is not a format of this version",
                "Write --format eml or --format mbox.");
}

void require_plain_output(const fs::path& output) {
    const auto extension = output.extension();
    if (extension == ".zip" || extension == ".zst" || extension == ".gz" || extension == ".tar") {
        throw Error(Errc::invalid, "compressed output is not in this version yet",
                    "Write to a folder, to NAME.mbox, or to - and pipe it into a packer.");
    }
}

Export export_of(const Parser& parser) {
    const auto format = export_format(parser.draft.format);
    const bool is_stdout = parser.draft.output == "-";
    require_plain_output(parser.draft.output);
    if (is_stdout && format != sync::ExportFormat::mbox) {
        throw Error(Errc::invalid, "on standard output only mbox can hold several messages",
                    "Write --format mbox, or --output FOLDER.");
    }
    if (is_stdout && parser.is_json) {
        throw Error(Errc::invalid, "--json does not go with mail on standard output");
    }
    return {format, is_stdout ? fs::path() : absolute_in(parser.folder, parser.draft.output),
            choice_of(parser.draft)};
}

void define_export(Parser& parser) {
    auto& command = add_command(parser.app, "export", "Write messages as plain files");
    command.add_option("--format", parser.draft.format, "eml (one file a message) or mbox")
        ->required();
    command
        .add_option("--output", parser.draft.output,
                    "A folder, NAME.mbox for one file of all, or - for standard output")
        ->required();
    add_choice_flags(parser, command);
    command.callback([&parser] { parser.command = export_of(parser); });
}

void define_upkeep(Parser& parser) {
    auto& verify = add_command(parser.app, "verify", "Check the archive and the catalog");
    verify.add_flag("--full", parser.draft.is_first, "Rebuild and hash every message");
    verify.callback([&parser] { parser.command = Verify{parser.draft.is_first}; });
    add_command(parser.app, "rebuild", "Make the catalog anew from the archive")
        .callback([&parser] { parser.command = Rebuild{}; });
}

void define_user(Parser& parser) {
    auto& user =
        add_command(parser.app, "user", "Who may enter the page: add, list, passwd, remove");
    user.require_subcommand(1);
    auto& add = add_named_command(parser, user, "add", "Add a user");
    add_password_flags(parser, add);
    add.callback([&parser] { parser.command = UserAdd{parser.draft.name, secret_source(parser)}; });
    add_command(user, "list", "All users").callback([&parser] { parser.command = UserList{}; });
    auto& passwd = add_named_command(parser, user, "passwd", "Give a user another password");
    add_password_flags(parser, passwd);
    passwd.callback([&parser] {
        parser.command = UserPasswd{parser.draft.name, secret_source(parser)};
    });
    add_named_command(parser, user, "remove", "Remove a user").callback([&parser] {
        parser.command = UserRemove{parser.draft.name};
    });
}

void define_all(Parser& parser) {
    auto& app = parser.app;
    app.fallthrough();  // inherited: global flags may stand after the command
    app.set_version_flag("--version", "mailkeep " MAILKEEP_VERSION);
    app.footer(footer);
    add_setting(parser, app, "data", "--data",
                "The archive's folder ($MAILKEEP_DATA, else ~/.local/share/mailkeep)");
    add_setting(parser, app, "log_level", "--log-level", "error, warning, info or debug");
    app.add_option("--config", parser.config, "Settings (TOML)");
    app.add_flag("--json", parser.is_json, "One JSON object as last line on standard output");
    auto* quiet = app.add_flag("-q,--quiet", parser.is_quiet, "Errors only");
    app.add_flag("-v,--verbose", parser.is_verbose, "Say more")->excludes(quiet);
    define_init(parser);
    define_account(parser);
    define_backup(parser);
    define_status(parser);
    define_mailboxes(parser);
    define_search(parser);
    define_show(parser);
    define_restore(parser);
    define_export(parser);
    define_upkeep(parser);
    define_serve(parser);
    define_user(parser);
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
