// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/runner.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace mailkeep::service {

namespace {

/// What a request does when the account has a run already that is under way.
enum class WhenUnderWay { leave_it, follow_it };

/// A run that is queued or under way.
struct Job {
    RunId id;
    AccountId account;
    std::function<void(sync::Progress&, const std::stop_token&)> perform;
    sync::Progress progress;
    std::stop_source stop;
    bool is_backup = false;
    bool is_running = false;
    bool is_to_be_followed = false;  ///< by another one of the same account
};

}  // namespace

class Runner::State {
  public:
    explicit State(Depot& depot) : depot_(depot) {}

    ~State() {
        {
            const std::lock_guard lock(mutex_);
            is_closing_ = true;
            for (const auto& job : jobs_) {
                job->stop.request_stop();
            }
        }
        wake_.notify_all();
        workers_.clear();  // joins
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void add_workers(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            workers_.emplace_back([this] { work(); });
        }
    }

    /// No run, and no id, once the end has begun.
    RunId enqueue_backup(const Account& account, WhenUnderWay when) {
        const std::lock_guard lock(mutex_);
        for (const auto& job : jobs_) {
            if (job->account == account.id && job->is_backup) {
                job->is_to_be_followed =
                    job->is_to_be_followed || (job->is_running && when == WhenUnderWay::follow_it);
                return job->id;
            }
        }
        if (is_closing_) {
            return {};
        }
        const auto id = begin_backup(depot_, account);
        enqueue_locked(id, account.id,
                       [this, id, account](sync::Progress& progress, const std::stop_token& stop) {
                           static_cast<void>(perform_backup(depot_, id, account, progress, stop));
                       });
        jobs_.back()->is_backup = true;
        return id;
    }

    RunId enqueue_restore(RestoreTarget target, sync::RestoreRequest request, ReportText text) {
        const std::lock_guard lock(mutex_);
        const auto id = begin_restore(depot_);
        enqueue_locked(
            id, {},
            [this, id, target = std::move(target), request = std::move(request),
             text = std::move(text)](sync::Progress& progress, const std::stop_token& stop) {
                static_cast<void>(
                    perform_restore(depot_, id, target, request, progress, stop, text));
            });
        return id;
    }

    RunId enqueue_import(const Account& account, sync::ImportRequest request,
                         std::function<void()> afterwards) {
        const std::lock_guard lock(mutex_);
        const auto id = begin_import(depot_, account.id);
        enqueue_locked(
            id, account.id,
            [this, id, account, request = std::move(request), afterwards = std::move(afterwards)](
                sync::Progress& progress, const std::stop_token& stop) {
                static_cast<void>(
                    perform_import(depot_, id, account, request, afterwards, progress, stop));
            });
        return id;
    }

    /// A job that has not begun yet runs into its stop request at once and is written down as
    /// cancelled by its worker.
    bool cancel(RunId id) {
        const std::lock_guard lock(mutex_);
        const auto job = find(id);
        return job != jobs_.end() && (*job)->stop.request_stop();
    }

    std::optional<sync::Progress::View> progress(RunId id) {
        const std::lock_guard lock(mutex_);
        const auto job = find(id);
        return job == jobs_.end() ? std::nullopt : std::optional((*job)->progress.view());
    }

    void wait_for(RunId id, std::chrono::milliseconds most) {
        std::unique_lock lock(mutex_);
        over_.wait_for(lock, most, [&] { return find(id) == jobs_.end(); });
    }

    bool is_busy(AccountId account) {
        const std::lock_guard lock(mutex_);
        return std::any_of(jobs_.begin(), jobs_.end(),
                           [&](const auto& job) { return job->account == account; });
    }

    Depot& depot() { return depot_; }

  private:
    using Jobs = std::deque<std::unique_ptr<Job>>;

    Jobs::iterator find(RunId id) {
        return std::find_if(jobs_.begin(), jobs_.end(),
                            [&](const auto& job) { return job->id == id; });
    }

    template <class Perform>
    void enqueue_locked(RunId id, AccountId account, Perform&& perform) {
        auto job = std::make_unique<Job>();
        job->id = id;
        job->account = account;
        job->perform = std::forward<Perform>(perform);
        jobs_.push_back(std::move(job));
        wake_.notify_one();
    }

    /// The others of its account come first.
    bool may_begin(const Job& wanted) {
        return !wanted.is_running && std::none_of(jobs_.begin(), jobs_.end(), [&](const auto& job) {
            return job->is_running && job->account && job->account == wanted.account;
        });
    }

    Job* next_waiting() {
        const auto job = std::find_if(jobs_.begin(), jobs_.end(), [this](const auto& candidate) {
            return may_begin(*candidate);
        });
        return job == jobs_.end() ? nullptr : job->get();
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            Job* job = nullptr;
            wake_.wait(lock, [&] { return is_closing_ || (job = next_waiting()) != nullptr; });
            if (is_closing_ || job == nullptr) {
                return;
            }
            job->is_running = true;
            lock.unlock();
            perform(*job);
            lock.lock();
            const auto done = find(job->id);
            const auto account = (*done)->account;
            const bool is_followed = (*done)->is_to_be_followed && !(*done)->stop.stop_requested();
            jobs_.erase(done);
            wake_.notify_all();  // who waits for it may begin
            over_.notify_all();
            if (is_followed) {
                lock.unlock();
                follow_up(account);
                lock.lock();
            }
        }
    }

    static void perform(Job& job) {
        attempt(job.id, [&] { job.perform(job.progress, job.stop.get_token()); });
    }

    void follow_up(AccountId id) {
        attempt({}, [&] {
            if (const auto account = depot_.open_catalog().account(id)) {
                static_cast<void>(enqueue_backup(*account, WhenUnderWay::leave_it));
            }
        });
    }

    template <class Work>
    static void attempt(RunId run, const Work& work) {
        try {
            work();
        } catch (const Error& error) {  // the outcome itself could not be written down
            log_error("run.lost", {{"run", run.value}, {"error", error.what()}});
        }
    }

    Depot& depot_;
    std::mutex mutex_;              // guards jobs_ and is_closing_
    std::condition_variable wake_;  // the workers
    std::condition_variable over_;  // whoever waits for a run
    Jobs jobs_;
    bool is_closing_ = false;
    std::vector<std::jthread> workers_;
};

Runner::Runner(Depot& depot, std::size_t workers) : state_(std::make_unique<State>(depot)) {
    state_->add_workers(workers);
}

Runner::~Runner() = default;

RunId Runner::start_backup(AccountId account) {
    const auto known = state_->depot().open_catalog().account(account);
    if (!known) {
        throw Error(Errc::not_found, "there is no account " + std::to_string(account.value));
    }
    if (!has_server(*known)) {
        throw Error(Errc::invalid, "account " + known->name + " has no server to back up",
                    "Give it one: mailkeep account set NAME --url URL");
    }
    return state_->enqueue_backup(*known, WhenUnderWay::leave_it);
}

void Runner::back_up_soon(AccountId account) {
    if (const auto known = state_->depot().open_catalog().account(account)) {
        static_cast<void>(state_->enqueue_backup(*known, WhenUnderWay::follow_it));
    }
}

RunId Runner::start_restore(RestoreTarget target, sync::RestoreRequest request, ReportText text) {
    return state_->enqueue_restore(std::move(target), std::move(request), std::move(text));
}

RunId Runner::start_import(AccountId account, sync::ImportRequest request,
                           std::function<void()> afterwards) {
    const auto known = state_->depot().open_catalog().account(account);
    if (!known) {
        throw Error(Errc::not_found, "there is no account " + std::to_string(account.value));
    }
    return state_->enqueue_import(*known, std::move(request), std::move(afterwards));
}

bool Runner::cancel(RunId id) {
    return state_->cancel(id);
}

std::optional<sync::Progress::View> Runner::progress(RunId id) const {
    return state_->progress(id);
}

void Runner::wait_for(RunId id, std::chrono::milliseconds most) const {
    state_->wait_for(id, most);
}

bool Runner::is_busy(AccountId account) const {
    return state_->is_busy(account);
}

}  // namespace mailkeep::service
