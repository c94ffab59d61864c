// SPDX-License-Identifier: Apache-2.0
// What the files that define commands share: the parser with the values it fills, and flags that
// several commands have. Only for the *options.cpp files, which alone know CLI11.
#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>

namespace mailkeep::app {

/// What CLI11 writes into while it parses; one for all commands, since only one is given.
struct Draft {
    std::string name;
    std::vector<std::string> words;
    std::string url;
    std::string ca_file;
    std::string fingerprint;
    std::string auth;
    std::string oauth_client_id;
    std::string oauth_token_url;
    std::string schedule;
    std::string delete_policy;
    std::string keep;
    std::string keep_from;
    std::vector<std::string> keep_mailboxes;
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::vector<std::string> watch;
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
    std::string sort;
    std::size_t limit = 50;
    std::size_t sample = 100;
    int part = 0;
    bool is_first = false;   ///< the one switch of a command that has one
    bool is_second = false;  ///< and of those that have more
    bool is_third = false;
};

struct Parser {
    explicit Parser(const std::filesystem::path& folder_)
        : app("Mailkeep keeps a copy of all your mail and gives it back.", "mailkeep"),
          folder(folder_) {}

    CLI::App app;
    const std::filesystem::path& folder;
    Draft draft;
    std::map<std::string, std::string> settings;
    std::string config;
    bool is_json = false;
    bool is_quiet = false;
    bool is_verbose = false;
    std::optional<Command> command;
};

// What one command takes each (account_options, mail_options)

void define_account(Parser& parser, CLI::App& account);
void define_user(Parser& parser, CLI::App& user);
void define_mailboxes(Parser& parser, CLI::App& command);
void define_restore(Parser& parser, CLI::App& command);
void define_export(Parser& parser, CLI::App& command);
void define_drill(Parser& parser, CLI::App& command);
void define_import(Parser& parser, CLI::App& command);

/// All of archive_options.
void add_archive_commands(Parser& parser);
/// All of reading_options.
void add_reading_commands(Parser& parser);

/// parse_arguments() where there are no other commands than those.
[[nodiscard]] std::variant<Invocation, Notice> parse_arguments_as(
    void (*add_commands)(Parser&), const std::vector<std::string>& arguments,
    const std::filesystem::path& folder);

// What they are made of

/// What it takes is defined when it is named: to define all of all took longer than a search.
void add_command(Parser& parser, const std::string& name, const std::string& text,
                 void (*define)(Parser&, CLI::App&));
/// A command of a command.
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& text);
/// With a NAME, which becomes draft.name.
CLI::App& add_named_command(Parser& parser, CLI::App& parent, const std::string& name,
                            const std::string& text);
/// A flag for this run that wins over the setting of this name elsewhere.
void add_setting(Parser& parser, CLI::App& command, const std::string& name,
                 const std::string& flag, const std::string& text);
void add_extract_setting(Parser& parser, CLI::App& command);
/// One value each time it is given, so that what follows is not swallowed.
void add_repeated(CLI::App& command, const std::string& flag, std::vector<std::string>& into,
                  const std::string& text);
/// --account, --mailbox, --query, --as-of.
void add_choice_flags(Parser& parser, CLI::App& command);
[[nodiscard]] Choice choice_of(const Draft& draft);
/// A group of which one flag at the most is given.
CLI::App& add_alternatives(CLI::App& command, const std::string& name, const std::string& text);
void add_password_flags(Parser& parser, CLI::App& command);
[[nodiscard]] SecretSource secret_source(const Parser& parser);
void add_server_flags(Parser& parser, CLI::App& command);
/// The IMAP server of --to. Error{invalid}.
[[nodiscard]] Server restore_target(const Parser& parser);

[[nodiscard]] std::filesystem::path absolute_in(const std::filesystem::path& folder,
                                                const std::string& path);
/// Nothing for an empty text. Error{invalid}.
[[nodiscard]] std::optional<Timestamp> moment(const std::string& text);
/// 8 to 64 hex digits, lower case. Error{invalid}.
[[nodiscard]] std::string checked_id(const std::string& given);

}  // namespace mailkeep::app
