// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/watcher.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "chance.hpp"
#include "connector.hpp"
#include "rest.hpp"
#include "watch_plan.hpp"
#include "watching.hpp"

#include <atomic>
#include <map>
#include <thread>

namespace mailkeep::service {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds look_at_accounts{5};
/// What comes in a burst becomes one run: meanwhile the server keeps what it has to tell.
constexpr std::chrono::seconds rest_after_change{3};

/// Error{cancelled} after a stop request.
void rest_or_end(const std::stop_token& stop, std::chrono::milliseconds time) {
    rest(stop, time);
    if (stop.stop_requested()) {
        throw Error(Errc::cancelled, "cancelled");
    }
}

template <class Work>
std::optional<Error> failure_in(const Work& work) {
    try {
        work();
        return std::nullopt;
    } catch (const Error& error) {
        return error;
    }
}

/// Follows one account on a thread of its own.
class AccountWatch {
  public:
    AccountWatch(Depot& depot, Runner& runner, Account account)
        : depot_(depot),
          runner_(runner),
          account_(std::move(account)),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

    void request_stop() { thread_.request_stop(); }

    /// Whether this account needs another watch in place of this one.
    [[nodiscard]] bool is_outdated_by(const Account& now) const {
        return has_stopped_ ? !(now == refused_) : is_another_session(account_, now);
    }

  private:
    void run(const std::stop_token& stop) {
        int failures = 0;
        while (!has_stopped_) {
            const auto began = Steady::now();
            const auto failure = failure_in([&] { follow(stop); });
            failures = plan_failures(
                failures,
                std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began));
            if (failure && failure->code() != Errc::cancelled) {
                wait_or_stop(*failure, failures, stop);
            }
            if (stop.stop_requested()) {
                return;
            }
        }
    }

    void follow(const std::stop_token& stop) {
        note({WatchState::waiting, now(), {}, {}});
        auto session = open_imap(depot_, account_, stop);
        watch_mailboxes(session, account_.watch,
                        {[&](const std::string& shortcoming) {
                             note({WatchState::watching, now(), {}, shortcoming});
                             log_info("watch.began", {{"account", account_.name}});
                         },
                         [&] {
                             runner_.back_up_soon(account_.id);
                             rest_or_end(stop, rest_after_change);
                         },
                         [&](std::chrono::milliseconds time) { rest_or_end(stop, time); }});
    }

    /// A failure to note it, or a stop request, is of no interest here.
    void wait_or_stop(const Error& failure, int failures, const std::stop_token& stop) {
        const auto pause = plan_retry(failure.code(), failures, by_chance());
        log_warning(pause ? "watch.failed" : "watch.stopped",
                    {{"account", account_.name}, {"error", failure.what()}});
        static_cast<void>(failure_in([&] {
            if (pause) {
                note({WatchState::waiting, now(), now() + *pause, failure.what()});
            } else {
                note({WatchState::stopped, now(), {}, failure.what()});
            }
        }));
        if (pause) {
            rest(stop, *pause);
        } else {
            static_cast<void>(failure_in(
                [&] { refused_ = depot_.open_catalog().account(account_.id).value_or(account_); }));
            has_stopped_ = true;
        }
    }

    [[nodiscard]] Timestamp now() const { return depot_.clock().now(); }

    void note(const Watching& watching) {
        depot_.open_catalog().note_watching(account_.id, watching);
    }

    Depot& depot_;
    Runner& runner_;
    const Account account_;
    Account refused_;  // as it was when its login was refused; read once has_stopped_ is true
    std::atomic<bool> has_stopped_ = false;
    std::jthread thread_;  // last: stops before the rest goes
};

}  // namespace

class Watcher::State {
  public:
    State(Depot& depot, Runner& runner)
        : depot_(depot),
          runner_(runner),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        thread_.request_stop();
        thread_.join();
        stop_all();
        attempt([&] { depot_.open_catalog().forget_watches(); });
    }

  private:
    void run(const std::stop_token& stop) {
        attempt([&] { depot_.open_catalog().forget_watches(); });
        while (!stop.stop_requested()) {
            attempt([&] { follow_accounts(); });
            rest(stop, look_at_accounts);
        }
    }

    template <class Work>
    static void attempt(const Work& work) {
        if (const auto failure = failure_in(work)) {  // the next look tries again
            log_error("watcher.failed", {{"error", failure->what()}});
        }
    }

    void follow_accounts() {
        auto catalog = depot_.open_catalog();
        std::map<AccountId, Account> wanted;
        for (auto& account : catalog.accounts()) {
            if (!watched_mailboxes(account).empty()) {
                wanted.emplace(account.id, std::move(account));
            }
        }
        end_watches_but(wanted, catalog);
        for (const auto& [id, account] : wanted) {
            if (!watches_.contains(id)) {
                watches_.emplace(id, std::make_unique<AccountWatch>(depot_, runner_, account));
            }
        }
    }

    void end_watches_but(const std::map<AccountId, Account>& wanted, catalog::Catalog& catalog) {
        for (auto entry = watches_.begin(); entry != watches_.end();) {
            const auto account = wanted.find(entry->first);
            if (account != wanted.end() && !entry->second->is_outdated_by(account->second)) {
                ++entry;
                continue;
            }
            const auto id = entry->first;
            entry = watches_.erase(entry);
            catalog.note_watching(id, {});
        }
    }

    /// All are told before the first is waited for.
    void stop_all() {
        for (const auto& [id, watch] : watches_) {
            watch->request_stop();
        }
        watches_.clear();
    }

    Depot& depot_;
    Runner& runner_;
    std::map<AccountId, std::unique_ptr<AccountWatch>> watches_;  // of the thread, while it runs
    std::jthread thread_;
};

Watcher::Watcher(Depot& depot, Runner& runner) : state_(std::make_unique<State>(depot, runner)) {}

Watcher::~Watcher() = default;

}  // namespace mailkeep::service
