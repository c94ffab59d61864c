// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/net/local_socket.hpp"

#include "printable.hpp"

#include <fmt/format.h>

#include <type_traits>

namespace mailkeep::app {

namespace {

template <class Kind>
constexpr bool is_writing = requires(const Kind& command, Context& context, Workplace& place) {
    run(command, context, place);
};

bool is_served(const Settings& settings) {
    return net::connect_local(control_socket(settings)) != nullptr;
}

}  // namespace

bool needs_workplace(const Command& command) {
    return std::visit([](const auto& chosen) { return is_writing<std::decay_t<decltype(chosen)>>; },
                      command);
}

ExitCode carry_out(const Command& command, Context& context) {
    return std::visit(
        [&](const auto& chosen) {
            if constexpr (is_writing<std::decay_t<decltype(chosen)>>) {
                service::Depot depot(context.settings.data, context.clock, key_of(context));
                use_settings(depot, context.settings);
                service::Runner runner(depot, context.settings.workers);
                Workplace place{depot, runner};
                const auto code = run(chosen, context, place);
                depot.catch_up_index(context.stop, [] {});  // what was promised has been told
                return code;
            } else {
                return run(chosen, context);
            }
        },
        command);
}

ExitCode carry_out(const Command& command, Context& context, Workplace& place) {
    return std::visit(
        [&](const auto& chosen) -> ExitCode {
            if constexpr (is_writing<std::decay_t<decltype(chosen)>>) {
                return run(chosen, context, place);
            } else {
                throw Error(Errc::invalid, "the service does not take this command");
            }
        },
        command);
}

void use_settings(service::Depot& depot, const Settings& settings) {
    depot.allow_connections(settings.connections);
    depot.use_compression(settings.compression);
    if (settings.replica) {
        depot.keeper().use_replica(*settings.replica);
    }
    if (settings.extraction) {
        depot.use_extraction(*settings.extraction);
    }
}

std::filesystem::path control_socket(const Settings& settings) {
    return settings.data / "mailkeep.sock";
}

Account account_named(const catalog::Catalog& catalog, const std::string& name) {
    auto account = catalog.account_named(name);
    if (!account) {
        throw Error(Errc::not_found, "there is no account \"" + name + "\"",
                    "`mailkeep account list` shows those there are.");
    }
    return *std::move(account);
}

std::vector<api::AccountView> account_views(const Reading& reading, const Context& context) {
    auto views = api::account_views(reading.catalog, context.clock.now());
    if (!is_served(context.settings)) {
        for (auto& view : views) {
            view.watching = {};
        }
    }
    return views;
}

api::AccountView account_view(const std::string& name, const Reading& reading,
                              const Context& context) {
    auto view =
        api::view_of(account_named(reading.catalog, name), reading.catalog, context.clock.now());
    if (!is_served(context.settings)) {
        view.watching = {};
    }
    return view;
}

catalog::Selection selection_of(const Choice& choice, const catalog::Catalog& catalog) {
    catalog::Selection selection;
    if (!choice.account.empty()) {
        selection.account = account_named(catalog, choice.account).id;
    }
    selection.mailboxes = choice.mailboxes;
    selection.query = choice.query;
    selection.as_of = choice.as_of;
    return selection;
}

const Secret& secret_of(const Context& context) {
    if (!context.secret) {
        throw Error(Errc::invalid, "no password was given",
                    "Give --password-file FILE, --password-env NAME or --password-stdin.");
    }
    return *context.secret;
}

std::string finding_text(std::string_view word, const archive::Finding& finding) {
    auto text = fmt::format("{}: {}: {}", word, printable_line(finding.object),
                            printable_line(finding.what));
    return finding.known.empty() ? text : text + "; " + printable_line(finding.known);
}

}  // namespace mailkeep::app
