// SPDX-License-Identifier: Apache-2.0
// The flags of what gives mail back or takes it in, and of what lists mailboxes.
#include "mailkeep/base/error.hpp"

#include "option_parser.hpp"

namespace mailkeep::app {

namespace {

Export export_of(const Parser& parser) {
    const auto& draft = parser.draft;
    Export command;
    command.format = sync::export_format_from(draft.format);
    command.choice = choice_of(draft);
    command.existing = draft.is_first ? files::Existing::replace : files::Existing::keep;
    if (draft.output != "-") {
        const auto output = absolute_in(parser.folder, draft.output);
        command.output = output.has_filename() ? output : output.parent_path();
        command.packing = files::packing_of(command.output);
        sync::require_exportable(command.format, command.packing);
        return command;
    }
    if (parser.is_json) {
        throw Error(Errc::invalid, "--json does not go with mail on standard output");
    }
    command.packing =
        command.format == sync::ExportFormat::mbox ? files::Packing::single : files::Packing::tar;
    return command;
}

Restore restore_of(const Parser& parser) {
    const auto& draft = parser.draft;
    Restore restore;
    if (draft.url.find("://") == std::string::npos) {
        restore.account = draft.url;
    } else {
        restore.target = restore_target(parser);
        restore.password = secret_source(parser);
    }
    restore.choice = choice_of(draft);
    restore.prefix = draft.prefix;
    restore.effect = draft.is_first ? sync::Effect::dry_run : sync::Effect::apply;
    restore.verifies = draft.is_second;
    restore.alterations = draft.is_third ? sync::Alterations::allowed : sync::Alterations::refused;
    return restore;
}

}  // namespace

void define_mailboxes(Parser& parser, CLI::App& command) {
    command.add_option("--account", parser.draft.account, "Only of this account");
    command.add_option("--as-of", parser.draft.as_of, "At this moment, not now");
    command.callback([&parser] {
        parser.command = Mailboxes{parser.draft.account, moment(parser.draft.as_of)};
    });
}

void define_restore(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command
        .add_option("--to", draft.url,
                    "imaps://user@host[:port], imap://…, or the name of an account")
        ->required();
    add_server_flags(parser, command);
    add_choice_flags(parser, command);
    command.add_option("--prefix", draft.prefix, "Put everything below this mailbox");
    command.add_flag("--dry-run", draft.is_first, "Only tell what would be done");
    command.add_flag("--verify", draft.is_second, "Read back what was appended, and compare");
    command.add_flag("--allow-alterations", draft.is_third,
                     "Send a message that is refused for a NUL with another octet in its place");
    add_password_flags(parser, command);
    command.callback([&parser] { parser.command = restore_of(parser); });
}

void define_export(Parser& parser, CLI::App& command) {
    command
        .add_option("--format", parser.draft.format,
                    "mbox (one file a mailbox), eml (one a message), maildir (Maildir++) or "
                    "attachments (each once, without the messages)")
        ->required();
    command
        .add_option("--output", parser.draft.output,
                    "A folder, NAME.zip, NAME.tar[.gz|.zst]; with mbox also NAME.mbox[.gz|.zst], "
                    "one file of all; or - for standard output: an mbox, else a tar")
        ->required();
    command.add_flag("--force", parser.draft.is_first,
                     "Replace what is there; in a folder, files of the same names");
    add_choice_flags(parser, command);
    command.callback([&parser] { parser.command = export_of(parser); });
}

void define_drill(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command.add_option("--sample", draft.sample, "How many messages (100)")
        ->check(CLI::Range(1, 100'000));
    auto& to = *command.add_option("--to", draft.url,
                                   "Also send them to this IMAP server, into a mailbox of their "
                                   "own, fetch them back, compare, and remove it");
    add_server_flags(parser, command);
    add_password_flags(parser, command);
    command.callback([&parser, &to] {
        Drill drill;
        drill.sample = parser.draft.sample;
        if (to.count() > 0) {
            drill.target = restore_target(parser);
            drill.password = secret_source(parser);
        }
        parser.command = std::move(drill);
    });
}

void define_import(Parser& parser, CLI::App& command) {
    auto& draft = parser.draft;
    command
        .add_option("PATH", draft.words,
                    "mbox, Maildir, .eml files, folders of them, zip, tar, gz or zst of them")
        ->required();
    command
        .add_option("--account", draft.account,
                    "Whose mail it is; an account not there yet is made, without a server")
        ->required();
    command.add_option("--mailbox", draft.prefix, "Put it there, and what has folders below it");
    command.add_option("--format", draft.format,
                       "auto (by content), mbox, mboxo, mboxrd, mboxcl, mboxcl2, maildir or eml");
    command.callback([&parser] {
        const auto& given = parser.draft;
        const auto format = files::format_named(given.format.empty() ? "auto" : given.format);
        if (!format) {
            throw Error(Errc::invalid, "\"" + given.format + "\" is not a format of mail",
                        "Leave --format out: what a file is, its content says.");
        }
        Import import{{}, given.account, given.prefix, *format};
        for (const auto& path : given.words) {
            import.paths.push_back(absolute_in(parser.folder, path));
        }
        parser.command = std::move(import);
    });
}

}  // namespace mailkeep::app
