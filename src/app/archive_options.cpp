// SPDX-License-Identifier: Apache-2.0
// The flags of what looks after the archive itself.
#include "mailkeep/base/error.hpp"

#include "option_parser.hpp"

namespace mailkeep::app {

namespace {

std::filesystem::path absolute_or_none(const Parser& parser, const std::string& path) {
    return path.empty() ? std::filesystem::path() : absolute_in(parser.folder, path);
}

void define_verify(Parser& parser, CLI::App& command) {
    command.add_flag("--full", parser.draft.is_first, "Rebuild and hash every message");
    command.callback([&parser] { parser.command = Verify{parser.draft.is_first}; });
}

void define_rebuild(Parser& parser, CLI::App& command) {
    add_extract_setting(parser, command);
    command.callback([&parser] { parser.command = Rebuild{}; });
}

void define_seal(Parser& parser, CLI::App& command) {
    command.callback([&parser] { parser.command = Seal{}; });
}

void define_compact(Parser& parser, CLI::App& command) {
    command.add_flag("--dry-run", parser.draft.is_first, "Only say what would go, and why");
    command.add_flag("--trust-clock", parser.draft.is_second,
                     "The machine's clock is right, whatever it looks like");
    command.callback([&parser] {
        const auto& given = parser.draft;
        parser.command =
            Compact{given.is_first ? sync::Effect::dry_run : sync::Effect::apply,
                    given.is_second ? sync::ClockTrust::given : sync::ClockTrust::checked};
    });
}

void define_replicate(Parser& parser, CLI::App& command) {
    command.add_option("--to", parser.draft.output, "A folder, best on another disk")->required();
    command.callback([&parser] {
        if (parser.draft.output.starts_with("s3://")) {
            throw Error(Errc::invalid, "object stores are not in this version yet",
                        "Give a folder; one that is mounted from elsewhere will do.");
        }
        parser.command = Replicate{absolute_in(parser.folder, parser.draft.output)};
    });
}

void define_repair(Parser& parser, CLI::App& command) {
    command.add_option("--from", parser.draft.output,
                       "A replica's folder (else the configured one)");
    command.callback(
        [&parser] { parser.command = Repair{absolute_or_none(parser, parser.draft.output)}; });
}

void define_salvage(Parser& parser, CLI::App& command) {
    command.add_option("FILE", parser.draft.name, "A pack or a journal")->required();
    command.add_option("--output", parser.draft.output, "The folder to write messages into")
        ->required();
    command.callback([&parser] {
        parser.command = Salvage{absolute_in(parser.folder, parser.draft.name),
                                 absolute_in(parser.folder, parser.draft.output)};
    });
}

void define_prove(Parser& parser, CLI::App& command) {
    command.add_option("ID", parser.draft.name, "The id, or 8 digits of it or more")->required();
    command.add_option("--output", parser.draft.output, "A file instead of standard output");
    command.callback([&parser] {
        parser.command =
            Prove{checked_id(parser.draft.name), absolute_or_none(parser, parser.draft.output)};
    });
}

void define_log(Parser& parser, CLI::App& log) {
    auto& draft = parser.draft;
    log.require_subcommand(1);
    add_command(log, "list", "Its checkpoints").callback([&parser] { parser.command = LogList{}; });
    auto& verify = add_command(log, "verify", "Check it against itself and the archive");
    verify.add_option("--checkpoint", draft.output,
                      "And against a copy of DATA/log/checkpoint kept elsewhere");
    verify.callback(
        [&parser] { parser.command = LogVerify{absolute_or_none(parser, parser.draft.output)}; });
    auto& stamp = add_command(log, "stamp", "Have the newest checkpoint time-stamped (RFC 3161)");
    stamp.add_option("--tsa", draft.url, "http(s):// address of the authority")->required();
    stamp.add_option("--ca-file", draft.ca_file, "Certificates to trust it by (PEM)")->required();
    stamp.callback([&parser] {
        parser.command =
            LogStamp{parser.draft.url, absolute_in(parser.folder, parser.draft.ca_file)};
    });
}

void define_key(Parser& parser, CLI::App& key) {
    key.require_subcommand(1);
    auto& add = add_named_command(parser, key, "add", "Another passphrase that opens it");
    add_password_flags(parser, add);
    add.callback([&parser] { parser.command = KeyAdd{parser.draft.name, secret_source(parser)}; });
    add_command(key, "list", "All key slots").callback([&parser] { parser.command = KeyList{}; });
    add_named_command(parser, key, "remove", "Take a key slot away").callback([&parser] {
        parser.command = KeyRemove{parser.draft.name};
    });
}

void define_hold(Parser& parser, CLI::App& hold) {
    auto& draft = parser.draft;
    hold.require_subcommand(1);
    auto& add = add_named_command(parser, hold, "add", "Nothing of this goes");
    add.add_option("--account", draft.account, "Only of this account; else everything");
    add.add_option("--mailbox", draft.prefix, "Only of this mailbox")->needs("--account");
    add.add_option("--reason", draft.format, "Why, for those who read it later");
    add.callback([&parser] {
        const auto& given = parser.draft;
        parser.command = HoldAdd{given.name, given.account, given.prefix, given.format};
    });
    add_command(hold, "list", "All holds").callback([&parser] { parser.command = HoldList{}; });
    add_named_command(parser, hold, "remove", "Let retention go on").callback([&parser] {
        parser.command = HoldRemove{parser.draft.name};
    });
}

}  // namespace

void add_archive_commands(Parser& parser) {
    add_command(parser, "verify", "Check the archive and the catalog", define_verify);
    add_command(parser, "rebuild", "Make the catalog anew from the archive", define_rebuild);
    add_command(parser, "seal", "Turn closed journals into packs now", define_seal);
    add_command(parser, "compact", "Apply retention, give space back", define_compact);
    add_command(parser, "replicate", "Make or renew a second copy", define_replicate);
    add_command(parser, "repair", "Mend what verify names", define_repair);
    add_command(parser, "salvage", "Get what can be read out of a broken file", define_salvage);
    add_command(parser, "prove", "Prove that a message stands in the log", define_prove);
    add_command(parser, "log", "The tamper-evident log: list, verify, stamp", define_log);
    add_command(parser, "key", "Who may open an encrypted archive: add, list, remove", define_key);
    add_command(parser, "hold", "Keep mail whatever retention says: add, list, remove",
                define_hold);
}

}  // namespace mailkeep::app
