// SPDX-License-Identifier: Apache-2.0
// The commands: one function each, run(what, context). Its parameters say what it needs: those with
// a Workplace write to the archive and so work inside the service when one runs; the others open
// what they read by themselves and never need the lock.
#pragma once

#include "mailkeep/api/json.hpp"
#include "mailkeep/archive/archive.hpp"
#include "mailkeep/base/time.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/service/depot.hpp"
#include "mailkeep/service/runner.hpp"

#include "options.hpp"
#include "output.hpp"
#include "settings.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace mailkeep::app {

struct Context {
    const Settings& settings;
    Output& out;
    const Clock& clock;
    std::optional<Secret> secret;  ///< read before the command began
    std::stop_token stop;
    std::optional<archive::DataKey> key = {};  ///< once key_of() was asked
};

/// The key of the archive, none when it is not encrypted: asked for once. See archive_key.hpp.
[[nodiscard]] const archive::DataKey& key_of(Context& context);

struct Workplace {
    service::Depot& depot;
    service::Runner& runner;
};

ExitCode run(const Init& command, Context& context);
ExitCode run(const Serve& command, Context& context);
ExitCode run(const AccountAdd& command, Context& context, Workplace& place);
ExitCode run(const AccountList& command, Context& context);
ExitCode run(const AccountShow& command, Context& context);
ExitCode run(const AccountSet& command, Context& context, Workplace& place);
ExitCode run(const AccountRemove& command, Context& context, Workplace& place);
ExitCode run(const AccountAccept& command, Context& context, Workplace& place);
ExitCode run(const AccountTest& command, Context& context, Workplace& place);
ExitCode run(const Backup& command, Context& context, Workplace& place);
ExitCode run(const Status& command, Context& context);
ExitCode run(const Mailboxes& command, Context& context);
ExitCode run(const Search& command, Context& context);
ExitCode run(const Show& command, Context& context);
ExitCode run(const Thread& command, Context& context);
ExitCode run(const Restore& command, Context& context, Workplace& place);
ExitCode run(const Export& command, Context& context);
ExitCode run(const Drill& command, Context& context, Workplace& place);
ExitCode run(const Import& command, Context& context, Workplace& place);
ExitCode run(const Verify& command, Context& context);
ExitCode run(const Rebuild& command, Context& context);
ExitCode run(const Seal& command, Context& context, Workplace& place);
ExitCode run(const Compact& command, Context& context, Workplace& place);
ExitCode run(const Replicate& command, Context& context, Workplace& place);
ExitCode run(const Repair& command, Context& context);
ExitCode run(const Salvage& command, Context& context);
ExitCode run(const Prove& command, Context& context);
ExitCode run(const LogList& command, Context& context);
ExitCode run(const LogVerify& command, Context& context);
ExitCode run(const LogStamp& command, Context& context, Workplace& place);
ExitCode run(const KeyAdd& command, Context& context, Workplace& place);
ExitCode run(const KeyList& command, Context& context);
ExitCode run(const KeyRemove& command, Context& context, Workplace& place);
ExitCode run(const HoldAdd& command, Context& context, Workplace& place);
ExitCode run(const HoldList& command, Context& context);
ExitCode run(const HoldRemove& command, Context& context, Workplace& place);
ExitCode run(const UserAdd& command, Context& context, Workplace& place);
ExitCode run(const UserList& command, Context& context);
ExitCode run(const UserPasswd& command, Context& context, Workplace& place);
ExitCode run(const UserRemove& command, Context& context, Workplace& place);

[[nodiscard]] bool needs_workplace(const Command& command);

/// Carries the command out in this process; a command that needs a workplace gets one for itself.
ExitCode carry_out(const Command& command, Context& context);

/// Carries it out in a workplace that is open already: the service's. Requires: needs_workplace.
ExitCode carry_out(const Command& command, Context& context, Workplace& place);

/// What the settings say of how a depot works, before anybody uses it.
void use_settings(service::Depot& depot, const Settings& settings);

/// The socket at which the service of an archive takes commands.
[[nodiscard]] std::filesystem::path control_socket(const Settings& settings);

/// An archive open for looking only.
struct Reading {
    explicit Reading(Context& context);

    archive::Archive archive;
    catalog::Catalog catalog;
};

/// What people ask about accounts. Without a service that runs, nothing is followed, whatever one
/// that did not end in order has left.
[[nodiscard]] std::vector<api::AccountView> account_views(const Reading& reading,
                                                          const Context& context);
[[nodiscard]] api::AccountView account_view(const std::string& name, const Reading& reading,
                                            const Context& context);

/// Error{not_found} with a hint when there is none of this name.
[[nodiscard]] Account account_named(const catalog::Catalog& catalog, const std::string& name);

/// What the flags of restore and export mean in this catalog.
[[nodiscard]] catalog::Selection selection_of(const Choice& choice,
                                              const catalog::Catalog& catalog);

/// Tells that the search index does not know all messages yet.
void note_unindexed(Output& out, const catalog::Catalog& catalog);

/// "N messages not found by words yet", and what to do.
[[nodiscard]] std::string unindexed_text(std::uint64_t messages);

/// The password the command was given. Error{invalid} without one.
[[nodiscard]] const Secret& secret_of(const Context& context);

/// "damaged: OBJECT: what; what is known of it", on one line.
[[nodiscard]] std::string finding_text(std::string_view word, const archive::Finding& finding);

/// "2026-11-23 04:05", UTC; "-" for nothing.
[[nodiscard]] std::string moment_text(std::optional<Timestamp> at);

}  // namespace mailkeep::app
