// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/maintenance.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace mailkeep::service {

namespace {

constexpr std::uint64_t enough_octets = std::uint64_t{4} << 20;
constexpr std::chrono::hours too_old{7 * 24};

constexpr std::chrono::seconds first_look{20};
constexpr std::chrono::minutes tick{1};
constexpr std::chrono::seconds pause_between_groups{2};

/// Of this thread only: processor and disk go to whoever else wants them first. Not the idle class,
/// which may get nothing for ever: a backup waits while the catalog follows. The C library has no
/// name for the second call; see ioprio_set(2): a thread, the lowest level of the usual class.
void give_way() {
    const auto thread = static_cast<id_t>(::gettid());
    static_cast<void>(::setpriority(PRIO_PROCESS, thread, 19));
    constexpr int of_a_thread = 1;
    constexpr int lowest = 2 << 13 | 7;
    static_cast<void>(::syscall(SYS_ioprio_set, of_a_thread, 0, lowest));
}

}  // namespace

SealingDue sealing_due(const archive::Archive::Backlog& backlog, Timestamp now) {
    if (backlog.since && now - *backlog.since >= too_old) {
        return SealingDue::all_journals;
    }
    return backlog.closed_bytes >= enough_octets ? SealingDue::closed_journals : SealingDue::no;
}

class Maintenance::State {
  public:
    explicit State(Depot& depot)
        : depot_(depot), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  private:
    void run(const std::stop_token& stop) {
        give_way();
        wait(stop, first_look);
        while (!stop.stop_requested()) {
            work(stop);
            wait(stop, tick);
        }
    }

    void wait(const std::stop_token& stop, std::chrono::milliseconds time) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        wake_.wait_for(lock, stop, time, [] { return false; });
    }

    void work(const std::stop_token& stop) {
        try {
            const auto due = sealing_due(depot_.archive().backlog(), depot_.clock().now());
            if (due == SealingDue::no) {
                return;
            }
            if (due == SealingDue::all_journals) {
                depot_.keeper().close_journal();
            }
            const auto sealed = depot_.seal(stop, [&] { wait(stop, pause_between_groups); });
            log_info("sealing.finished", {{"packs", sealed.packs},
                                          {"messages", sealed.messages},
                                          {"bytes_before", sealed.bytes_before},
                                          {"bytes_after", sealed.bytes_after}});
        } catch (const Error& error) {  // the next tick tries again
            if (error.code() != Errc::cancelled) {
                log_error("sealing.failed", {{"error", error.what()}, {"hint", error.hint()}});
            }
        }
    }

    Depot& depot_;
    std::condition_variable_any wake_;
    std::jthread thread_;  // last: stops before the rest goes
};

Maintenance::Maintenance(Depot& depot) : state_(std::make_unique<State>(depot)) {}

Maintenance::~Maintenance() = default;

}  // namespace mailkeep::service
