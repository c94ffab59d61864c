// SPDX-License-Identifier: Apache-2.0
// mailkeep init, verify, rebuild, and who may enter: user add, list, passwd, remove.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/net/local_socket.hpp"
#include "mailkeep/service/accounts.hpp"
#include "mailkeep/service/vault.hpp"
#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/check.hpp"
#include "mailkeep/sync/rebuild.hpp"
#include "mailkeep/sync/seal.hpp"

#include "archive_key.hpp"
#include "commands.hpp"
#include "printable.hpp"

namespace mailkeep::app {

namespace {

void say_findings(Output& out, const archive::Verdict& verdict) {
    for (const auto& finding : verdict.damaged) {
        out.say(finding_text("damaged", finding));
    }
    for (const auto& finding : verdict.notes) {
        out.say(finding_text("note", finding));
    }
}

void add_slot_findings(const std::filesystem::path& data, archive::Verdict& verdict) {
    for (const auto& slot : archive::key_slots(data)) {
        if (!slot.problem.empty()) {
            verdict.damaged.push_back({"key slot " + slot.name, slot.problem});
        }
    }
}

ExitCode keep_user(const std::string& name, Context& context, Workplace& place) {
    service::save_user(place.depot, name, secret_of(context));
    context.out.say("User " + printable_line(name) + " may sign in");
    context.out.result(api::object({{"name", name}}));
    return ExitCode::done;
}

}  // namespace

ExitCode run(const Init& command, Context& context) {
    const auto& data = context.settings.data;
    if (command.is_encrypted) {
        context.key = make_encrypted_archive(command, context);
    } else if (!context.settings.key_file.empty()) {
        throw Error(Errc::invalid, "a key file was given, but not --encrypt",
                    "Give both, or leave the key file out ($MAILKEEP_KEY_FILE too).");
    } else {
        archive::Archive::create(data);
    }
    // makes the catalog and the vault's key
    const service::Depot depot(data, context.clock, key_of(context));
    context.out.say("Made an empty archive in " + data.string());
    context.out.note("Next: mailkeep account add NAME imaps://user@host");
    context.out.result(api::object({{"data", data.string()}, {"archive", depot.archive().uuid()}}));
    return ExitCode::done;
}

ExitCode run(const Verify& command, Context& context) {
    const auto depth = command.is_full ? archive::Depth::full : archive::Depth::quick;
    auto verdict = sync::check(context.settings.data, depth, key_of(context));
    sync::remember_check(context.settings.data, key_of(context), depth, verdict,
                         context.clock.now());
    if (verdict.damaged.empty()) {  // the accounts can be read
        const Reading reading(context);
        verdict.damaged = service::check_vault(context.settings.data, reading.catalog.accounts(),
                                               service::vault_key(reading.archive));
    }
    add_slot_findings(context.settings.data, verdict);
    say_findings(context.out, verdict);
    const bool is_whole = verdict.damaged.empty();
    context.out.say(
        count_text(verdict.messages, "message") + ", " + size_text(verdict.bytes) +
        " read: " + (is_whole ? "all is well" : count_text(verdict.damaged.size(), "fault")));
    if (is_whole && !command.is_full) {
        context.out.note("--full rebuilds and hashes every message as well");
    }
    context.out.result(api::verify_result(verdict));
    return is_whole ? ExitCode::done : ExitCode::damaged;
}

ExitCode run(const Rebuild& /*command*/, Context& context) {
    // The service has the catalog open that is to be replaced.
    if (net::connect_local(control_socket(context.settings)) != nullptr) {
        throw Error(Errc::in_use, "mailkeep serve works with this archive",
                    "Stop it, run `mailkeep rebuild`, and start it again.");
    }
    archive::Archive archive(context.settings.data, archive::Access::read_write, key_of(context));
    context.out.note("Making the catalog from the archive …");
    std::optional<extract::Extractor> extractor;
    if (context.settings.extraction) {
        extractor.emplace(*context.settings.extraction);
    }
    const auto rebuilt = sync::rebuild(archive, extractor ? &*extractor : nullptr);
    auto catalog = sync::open_catalog(archive, catalog::Access::read_write);
    sync::adopt_packs(archive, catalog, context.clock.now());
    context.out.say("The catalog is made anew: " + count_text(rebuilt.messages, "message") +
                    " from " + std::to_string(rebuilt.batches) + " batches");
    context.out.result(api::object({{"batches", rebuilt.batches}, {"messages", rebuilt.messages}}));
    return ExitCode::done;
}

ExitCode run(const UserAdd& command, Context& context, Workplace& place) {
    if (place.depot.open_catalog().user(command.name)) {
        throw Error(Errc::conflict, "there is a user \"" + command.name + "\" already",
                    "`mailkeep user passwd NAME` gives another password.");
    }
    return keep_user(command.name, context, place);
}

ExitCode run(const UserPasswd& command, Context& context, Workplace& place) {
    if (!place.depot.open_catalog().user(command.name)) {
        throw Error(Errc::not_found, "there is no user \"" + command.name + "\"",
                    "`mailkeep user list` shows those there are.");
    }
    return keep_user(command.name, context, place);
}

ExitCode run(const UserList& /*command*/, Context& context) {
    const Reading reading(context);
    const auto users = reading.catalog.users();
    for (const auto& user : users) {
        context.out.say(printable_line(user.name));
    }
    if (users.empty()) {
        context.out.note("There is no user yet. Next: mailkeep user add NAME");
    }
    context.out.result(api::users_json(users));
    return ExitCode::done;
}

ExitCode run(const UserRemove& command, Context& context, Workplace& place) {
    service::remove_user(place.depot, command.name);
    context.out.say("User " + printable_line(command.name) + " may no longer sign in");
    context.out.result(api::object({{"removed", command.name}}));
    return ExitCode::done;
}

}  // namespace mailkeep::app
