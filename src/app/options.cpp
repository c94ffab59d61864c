// SPDX-License-Identifier: Apache-2.0
// Each define_… here and in the other *options.cpp files names the flags of one command and says
// how they become its value, once that command is named; together they are all that knows CLI11.
#include "option_parser.hpp"

namespace mailkeep::app {

namespace {

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

void add_all_commands(Parser& parser) {
    add_command(parser, "init", "Make an empty archive", define_init);
    add_command(parser, "account", "Add, list, show, set, remove, accept, test", define_account);
    add_command(parser, "backup", "Back up all accounts, or those named, now", define_backup);
    add_command(parser, "status", "Accounts, runs, sizes, what is wrong", define_status);
    add_command(parser, "mailboxes", "Mailboxes and how much stands in them", define_mailboxes);
    add_reading_commands(parser);
    add_command(parser, "restore", "Give mail back to an IMAP server", define_restore);
    add_command(parser, "export", "Write messages as plain files", define_export);
    add_command(parser, "drill", "Try whether mail could be given back, on some of it",
                define_drill);
    add_command(parser, "import", "Take in mail from files", define_import);
    add_archive_commands(parser);
    add_command(parser, "serve", "Run the scheduler, the API and the page", define_serve);
    add_command(parser, "user", "Who may enter the page: add, list, passwd, remove", define_user);
}

}  // namespace

std::variant<Invocation, Notice> parse_arguments(const std::vector<std::string>& arguments,
                                                 const std::filesystem::path& folder) {
    return parse_arguments_as(add_all_commands, arguments, folder);
}

}  // namespace mailkeep::app
