// SPDX-License-Identifier: Apache-2.0
// mailkeep serve: the rooms from the bottom to the top, then a wait for a signal. They stop in the
// opposite order because that is how they stand on the stack.
#include "mailkeep/api/json.hpp"
#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/http/server.hpp"
#include "mailkeep/service/indexer.hpp"
#include "mailkeep/service/maintenance.hpp"
#include "mailkeep/service/scheduler.hpp"
#include "mailkeep/service/sign_in.hpp"
#include "mailkeep/service/watcher.hpp"

#include "commands.hpp"
#include "control.hpp"
#include "failure.hpp"
#include "signals.hpp"

#include <condition_variable>
#include <mutex>

namespace mailkeep::app {

namespace {

std::string url_of(const http::Bind& bind, std::uint16_t port) {
    const bool is_v6 = bind.host.find(':') != std::string::npos;
    return "http://" + (is_v6 ? "[" + bind.host + "]" : bind.host) + ":" + std::to_string(port) +
           "/";
}

ExitCode carry_out_request(const Request& request, Channel& channel, const Context& service,
                           Workplace& place, const std::stop_token& stop) {
    ExitCode code = ExitCode::failed;
    Output out(channel, style_of(request.arguments), request.screen);
    const auto failure = failure_of([&] {
        const auto parsed = parse_arguments(request.arguments, request.folder);
        if (const auto* notice = std::get_if<Notice>(&parsed)) {
            out.raw(notice->text);
            code = ExitCode::done;
            return;
        }
        Context context{service.settings, out,  service.clock,
                        request.secret,   stop, place.depot.archive().key()};
        code = carry_out(std::get<Invocation>(parsed).command, context, place);
    });
    return failure ? out.fail(*failure) : code;
}

void announce(Output& out, const std::string& url, const std::string& setup_code) {
    out.say("Mailkeep is at " + url);
    if (!setup_code.empty()) {
        out.say("Nobody may sign in yet. Make the first user on the page with this code:\n\n    " +
                setup_code + "\n\nor on the command line: mailkeep user add NAME");
    }
    out.result(api::object({{"url", url}, {"setup_code", setup_code}}));
}

void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait(lock, stop, [] { return false; });
}

}  // namespace

ExitCode run(const Serve& /*command*/, Context& context) {
    hide_memory();
    const auto& settings = context.settings;
    service::Depot depot(settings.data, context.clock, key_of(context));
    use_settings(depot, settings);
    service::SignIn sign_in(depot);
    service::Runner runner(depot, settings.workers);
    const service::Scheduler scheduler(depot, runner);
    const service::Watcher watcher(depot, runner);
    const service::Maintenance maintenance(depot);
    const service::Indexer indexer(depot);
    http::Server server(depot, runner, sign_in, settings.listen);
    server.start();
    Workplace place{depot, runner};
    const ControlServer control(
        control_socket(settings),
        [&](const Request& request, Channel& channel, const std::stop_token& stop) {
            return carry_out_request(request, channel, context, place, stop);
        });
    announce(context.out, url_of(settings.listen, server.port()), sign_in.setup_code());
    notify_manager("READY=1");
    wait_for(context.stop);
    notify_manager("STOPPING=1");
    log_info("serve.stopping");
    server.stop();
    return ExitCode::done;
}

}  // namespace mailkeep::app
