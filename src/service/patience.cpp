// SPDX-License-Identifier: Apache-2.0
#include "patience.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "chance.hpp"

#include <utility>

namespace mailkeep::service {

Patience::Patience(RunId run, catalog::Catalog& catalog, sync::Ingest& ingest,
                   sync::Progress& progress, const std::stop_token& stop, Rest rest)
    : run_(run),
      catalog_(catalog),
      ingest_(ingest),
      progress_(progress),
      stop_(stop),
      rest_(std::move(rest)) {}

std::vector<std::string> Patience::complete(const Pass& pass) {
    for (;;) {
        try {
            return pass(waited_);
        } catch (const Error& error) {
            if (!is_passing(error)) {
                throw;
            }
            wait(error);
        }
    }
}

bool Patience::is_broken(const Error& error) const {
    return is_reached_ && (error.code() == Errc::network || error.code() == Errc::timeout);
}

bool Patience::is_passing(const Error& error) const {
    const bool is_shut_out = is_reached_ && is_calling_ && error.code() == Errc::refused;
    return error.code() == Errc::throttled || is_shut_out || is_broken(error);
}

std::optional<std::chrono::milliseconds> Patience::next_pause(const Error& reason) {
    const auto seen = ingest_.counts().seen;
    if (seen != std::exchange(seen_, seen)) {
        waited_ = {.in_all = waited_.in_all};
        broken_in_vain_ = 0;
    }
    if (is_broken(reason)) {
        return plan_call_again(broken_in_vain_++, by_chance());
    }
    const auto pause = plan_pause(waited_, reason.pause(), by_chance());
    if (pause) {
        waited_ = plan_waited(waited_, *pause);
    }
    return pause;
}

/// The next pass tells anew what failed.
void Patience::wait(const Error& reason) {
    ingest_.flush();
    const auto pause = next_pause(reason);
    if (!pause) {
        throw Error(reason);
    }
    ingest_.counts().failed = 0;
    log_info("run.paused", {{"run", run_.value},
                            {"seconds", std::chrono::ceil<std::chrono::seconds>(*pause).count()},
                            {"why", reason.what()}});
    catalog_.note_pause(run_, Pause{ingest_.keeper().clock().now() + *pause, reason.what()});
    progress_.pause(*pause);
    rest_(stop_, *pause);
    catalog_.note_pause(run_, {});
    progress_.go_on();
    if (stop_.stop_requested()) {
        throw Error(Errc::cancelled, "cancelled");
    }
}

}  // namespace mailkeep::service
