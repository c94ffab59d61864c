// SPDX-License-Identifier: Apache-2.0
#include "option_parser.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

namespace mailkeep::app {

namespace fs = std::filesystem;

void add_command(Parser& parser, const std::string& name, const std::string& text,
                 void (*define)(Parser&, CLI::App&)) {
    auto& command = add_command(parser.app, name, text);
    command.preparse_callback(
        [&parser, &command, define](std::size_t) { define(parser, command); });
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

void add_setting(Parser& parser, CLI::App& command, const std::string& name,
                 const std::string& flag, const std::string& text) {
    command.add_option_function<std::string>(
        flag, [&parser, name](const std::string& value) { parser.settings[name] = value; }, text);
}

void add_extract_setting(Parser& parser, CLI::App& command) {
    add_setting(parser, command, "extract", "--extract",
                "Whether words of attachments are found: true or false (true)");
}

void add_repeated(CLI::App& command, const std::string& flag, std::vector<std::string>& into,
                  const std::string& text) {
    command.add_option(flag, into, text)->allow_extra_args(false);
}

void add_choice_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command.add_option("--query", draft.query,
                       "Only what this search finds (see mailkeep search --help)");
    command.add_option("--account", draft.account, "Only of this account");
    add_repeated(command, "--mailbox", draft.mailboxes, "Only of this mailbox; may be repeated");
    command.add_option("--as-of", draft.as_of, "What stood there at this moment, not now");
}

Choice choice_of(const Draft& draft) {
    return {draft.account, draft.mailboxes, catalog::SearchQuery::parse(draft.query),
            moment(draft.as_of)};
}

CLI::App& add_alternatives(CLI::App& command, const std::string& name, const std::string& text) {
    auto& group = *command.add_option_group(name, text);
    group.fallthrough(false);  // CLI11 does so before it parses, with what is defined by then
    group.require_option(0, 1);
    return group;
}

void add_password_flags(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    auto& group = add_alternatives(command, "Password", "Where the password comes from");
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

fs::path absolute_in(const fs::path& folder, const std::string& path) {
    return (folder / path).lexically_normal();
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

std::string checked_id(const std::string& given) {
    auto id = to_lower_ascii(given);
    if (id.size() < 8 || id.size() > 64 ||
        id.find_first_not_of("0123456789abcdef") != std::string::npos) {
        throw Error(Errc::invalid, "\"" + given + "\" is not a message's id",
                    "Give at least 8 hex digits of what `mailkeep search` shows.");
    }
    return id;
}

}  // namespace mailkeep::app
