// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/scheduler.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace mailkeep::service {

namespace {

constexpr std::chrono::seconds tick{5};
constexpr std::chrono::hours after_refusal{24};
constexpr std::chrono::minutes after_lock{15};
constexpr std::chrono::hours after_throttling{1};

/// Trying again at once cannot help, and many wrong logins lock an account.
bool needs_a_person(const Run& run) {
    return run.state == RunState::failed &&
           (run.error_code == Errc::authentication || run.error_code == Errc::tls);
}

/// Another program had the maildrop, or the server wanted a pause.
bool was_turned_away(const Run& run) {
    return run.kind == RunKind::collect && run.state == RunState::failed &&
           run.error_code == Errc::refused;
}

std::chrono::seconds pause_after(const Run& run, const Schedule& schedule) {
    if (needs_a_person(run)) {
        return std::max<std::chrono::seconds>(schedule.every, after_refusal);
    }
    if (run.error_code == Errc::throttled) {
        return std::max<std::chrono::seconds>(schedule.every, after_throttling);
    }
    return was_turned_away(run) ? std::min<std::chrono::seconds>(schedule.every, after_lock)
                                : schedule.every;
}

}  // namespace

std::optional<Timestamp> next_due(const Schedule& schedule, const std::optional<Run>& last,
                                  Timestamp now, const MaildropRules& rules) {
    if (schedule.every.count() == 0) {
        return std::nullopt;
    }
    if (!last) {
        return now;
    }
    // A clock set back must not mean silence.
    const Timestamp by_schedule = std::min(last->started, now) + pause_after(*last, schedule);
    const Timestamp by_server =
        std::min(last->finished.value_or(last->started), now) + rules.login_delay;
    return std::max(by_schedule, by_server);
}

class Scheduler::State {
  public:
    State(Depot& depot, Runner& runner)
        : depot_(depot),
          runner_(runner),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

  private:
    void run(const std::stop_token& stop) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            start_due();
            wake_.wait_for(lock, stop, tick, [] { return false; });
        }
    }

    void start_due() {
        try {
            const auto catalog = depot_.open_catalog();
            const auto now = depot_.clock().now();
            for (const auto& account : catalog.accounts()) {
                if (!has_server(account)) {
                    continue;
                }
                const auto due = next_due(account.schedule, catalog.last_run(account.id), now,
                                          catalog.maildrop(account.id));
                if (due && *due <= now && !runner_.is_busy(account.id)) {
                    runner_.start_backup(account.id);
                }
            }
        } catch (const Error& error) {  // the next tick tries again
            log_error("scheduler.failed", {{"error", error.what()}});
        }
    }

    Depot& depot_;
    Runner& runner_;
    std::condition_variable_any wake_;
    std::jthread thread_;  // last: stops before the rest goes
};

Scheduler::Scheduler(Depot& depot, Runner& runner)
    : state_(std::make_unique<State>(depot, runner)) {}

Scheduler::~Scheduler() = default;

}  // namespace mailkeep::service
