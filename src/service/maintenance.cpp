// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/maintenance.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/sync/retention.hpp"

#include "give_way.hpp"
#include "rest.hpp"

#include <algorithm>
#include <string>
#include <thread>

namespace mailkeep::service {

namespace {

constexpr std::uint64_t enough_octets = std::uint64_t{4} << 20;
constexpr std::chrono::hours too_old{7 * 24};

constexpr std::chrono::seconds first_look{20};
constexpr std::chrono::minutes pause{1};
constexpr std::chrono::seconds pause_between_groups{2};

/// How often it is asked whether something is to be checked or to expire.
constexpr std::chrono::hours daily_look{1};
/// A check rests three times as long as it has worked, after each so many octets.
constexpr std::size_t breath{std::size_t{1} << 20};
constexpr int rests{3};
constexpr std::chrono::seconds longest_rest{5};

}  // namespace

SealingDue sealing_due(const archive::Archive::Backlog& backlog, Timestamp now) {
    if (backlog.since && now - *backlog.since >= too_old) {
        return SealingDue::all_journals;
    }
    return backlog.closed_bytes >= enough_octets ? SealingDue::closed_journals : SealingDue::no;
}

bool is_retention_due(const std::optional<catalog::ChoreDone>& last, Timestamp now) {
    return !last || !last->problem.empty() || sync::is_due_today(last->at, now);
}

class Maintenance::State {
  public:
    explicit State(Depot& depot)
        : depot_(depot), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  private:
    using Steady = std::chrono::steady_clock;

    void run(const std::stop_token& stop) {
        give_way();
        rest(stop, first_look);
        Steady::time_point next_look{};
        while (!stop.stop_requested()) {
            attempt("sealing", [&] { seal(stop); });
            if (Steady::now() >= next_look) {
                attempt("scrub", [&] { scrub(stop); });
                attempt("retention", [&] { apply_retention(stop); });
                next_look = Steady::now() + daily_look;
            }
            rest(stop, pause);
        }
    }

    template <class Work>
    void attempt(const std::string& what, const Work& work) {
        try {
            work();
        } catch (const Error& error) {  // the next look tries again
            if (error.code() != Errc::cancelled) {
                log_error(what + ".failed", {{"error", error.what()}, {"hint", error.hint()}});
            }
        }
    }

    void seal(const std::stop_token& stop) {
        const auto due = sealing_due(depot_.archive().backlog(), depot_.clock().now());
        if (due == SealingDue::no) {
            return;
        }
        if (due == SealingDue::all_journals) {
            depot_.keeper().close_journal();
        }
        const auto sealed = depot_.seal(stop, [&] { rest(stop, pause_between_groups); });
        log_info("sealing.finished", {{"packs", sealed.packs},
                                      {"messages", sealed.messages},
                                      {"bytes_before", sealed.bytes_before},
                                      {"bytes_after", sealed.bytes_after}});
    }

    void scrub(const std::stop_token& stop) {
        std::size_t read = 0;
        auto began = Steady::now();
        const archive::Pace pace = [&](std::size_t octets) {
            if (stop.stop_requested()) {
                throw Error(Errc::cancelled, "the check was stopped; it is begun again");
            }
            read += octets;
            if (read >= breath) {
                const auto worked =
                    std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began);
                rest(stop, std::min<std::chrono::milliseconds>(worked * rests, longest_rest));
                read = 0;
                began = Steady::now();
            }
        };
        while (const auto done = depot_.scrub(pace)) {
            report(*done);
            rest(stop, pause_between_groups);
            began = Steady::now();
        }
    }

    static void report(const sync::Scrubbed& done) {
        if (done.damaged.empty()) {
            log_info("scrub.checked", {{"object", done.object}, {"bytes", done.bytes}});
            return;
        }
        const auto& first = done.damaged.front();
        log_error("scrub.damaged", {{"object", done.object},
                                    {"finding", first.object + ": " + first.what},
                                    {"findings", done.damaged.size()},
                                    {"messages", done.affected},
                                    {"hint", "mailkeep verify names them; mailkeep repair"}});
    }

    void apply_retention(const std::stop_token& stop) {
        auto catalog = depot_.open_catalog();
        const auto now = sync::read_clocks(depot_.clock());
        const auto last = catalog.chore(catalog::Chore::retention);
        if (!is_retention_due(last, now.wall) ||
            !sync::needs_compacting(depot_.archive(), catalog)) {
            return;
        }
        const auto problem =
            sync::plan_clock(catalog.clock_reading(), catalog.last_batch_at(), now);
        if (!problem.empty()) {
            if (!last || last->problem.empty()) {
                log_warning("retention.refused",
                            {{"clock", problem}, {"hint", "mailkeep compact --trust-clock"}});
            }
            catalog.note_chore(catalog::Chore::retention,
                               {now.wall, "the machine's clock is not to be believed: " + problem});
            return;
        }
        const auto done = depot_.compact({.now = now}, stop);
        log_info("retention.applied", {{"expired", done.expired},
                                       {"packs_rewritten", done.packs_rewritten},
                                       {"trash", done.trash.size()}});
    }

    Depot& depot_;
    std::jthread thread_;  // last: stops before the rest goes
};

Maintenance::Maintenance(Depot& depot) : state_(std::make_unique<State>(depot)) {}

Maintenance::~Maintenance() = default;

}  // namespace mailkeep::service
