// SPDX-License-Identifier: Apache-2.0
// The flags of what looks after the archive itself.
#include "mailkeep/base/error.hpp"

#include "option_parser.hpp"

namespace mailkeep::app {

namespace {

std::filesystem::path absolute_or_none(const Parser& parser, const std::string& path) {
    return path.empty() ? std::filesystem::path() : absolute_in(parser.folder, path);
}

void define_check(Parser& parser) {
    auto& verify = add_command(parser.app, "verify", "Check the archive and the catalog");
    verify.add_flag("--full", parser.draft.is_first, "Rebuild and hash every message");
    verify.callback([&parser] { parser.command = Verify{parser.draft.is_first}; });
    auto& rebuild = add_command(parser.app, "rebuild", "Make the catalog anew from the archive");
    add_extract_setting(parser, rebuild);
    rebuild.callback([&parser] { parser.command = Rebuild{}; });
}

void define_seal(Parser& parser) {
    add_command(parser.app, "seal", "Turn closed journals into packs now").callback([&parser] {
        parser.command = Seal{};
    });
    auto& compact = add_command(parser.app, "compact", "Apply retention, give space back");
    compact.add_flag("--dry-run", parser.draft.is_first, "Only say what would go, and why");
    compact.add_flag("--trust-clock", parser.draft.is_second,
                     "The machine's clock is right, whatever it looks like");
    compact.callback([&parser] {
        const auto& given = parser.draft;
        parser.command =
            Compact{given.is_first ? sync::Effect::dry_run : sync::Effect::apply,
                    given.is_second ? sync::ClockTrust::given : sync::ClockTrust::checked};
    });
}

void define_copies(Parser& parser) {
    auto& draft = parser.draft;
    auto& replicate = add_command(parser.app, "replicate", "Make or renew a second copy");
    replicate.add_option("--to", draft.output, "A folder, best on another disk")->required();
    replicate.callback([&parser] {
        if (parser.draft.output.starts_with("s3://")) {
            throw Error(Errc::invalid, "object stores are not in this version yet",
                        "Give a folder; one that is mounted from elsewhere will do.");
        }
        parser.command = Replicate{absolute_in(parser.folder, parser.draft.output)};
    });
    auto& repair = add_command(parser.app, "repair", "Mend what verify names");
    repair.add_option("--from", draft.output, "A replica's folder (else the configured one)");
    repair.callback(
        [&parser] { parser.command = Repair{absolute_or_none(parser, parser.draft.output)}; });
    auto& salvage = add_command(parser.app, "salvage", "Get what can be read out of a broken file");
    salvage.add_option("FILE", draft.name, "A pack or a journal")->required();
    salvage.add_option("--output", draft.output, "The folder to write messages into")->required();
    salvage.callback([&parser] {
        parser.command = Salvage{absolute_in(parser.folder, parser.draft.name),
                                 absolute_in(parser.folder, parser.draft.output)};
    });
}

void define_log(Parser& parser) {
    auto& draft = parser.draft;
    auto& prove = add_command(parser.app, "prove", "Prove that a message stands in the log");
    prove.add_option("ID", draft.name, "The id, or 8 digits of it or more")->required();
    prove.add_option("--output", draft.output, "A file instead of standard output");
    prove.callback([&parser] {
        parser.command =
            Prove{checked_id(parser.draft.name), absolute_or_none(parser, parser.draft.output)};
    });
    auto& log = add_command(parser.app, "log", "The tamper-evident log: list, verify, stamp");
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

void define_key(Parser& parser) {
    auto& key = add_command(parser.app, "key",
                            "Who may open an encrypted archive: add, list, "
                            "remove");
    key.require_subcommand(1);
    auto& add = add_named_command(parser, key, "add", "Another passphrase that opens it");
    add_password_flags(parser, add);
    add.callback([&parser] { parser.command = KeyAdd{parser.draft.name, secret_source(parser)}; });
    add_command(key, "list", "All key slots").callback([&parser] { parser.command = KeyList{}; });
    add_named_command(parser, key, "remove", "Take a key slot away").callback([&parser] {
        parser.command = KeyRemove{parser.draft.name};
    });
}

void define_hold(Parser& parser) {
    auto& draft = parser.draft;
    auto& hold = add_command(parser.app, "hold",
                             "Keep mail whatever retention says: add, list, "
                             "remove");
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

void define_archive(Parser& parser) {
    define_check(parser);
    define_seal(parser);
    define_copies(parser);
    define_log(parser);
    define_key(parser);
    define_hold(parser);
}

}  // namespace mailkeep::app
