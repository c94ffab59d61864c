// SPDX-License-Identifier: Apache-2.0
#include "run_watch.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/text.hpp"

#include "printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace mailkeep::app {

namespace {

using namespace std::chrono_literals;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto longest_wait = 100ms;  ///< until it is told anew how far they are
constexpr auto line_interval = 10s;   ///< between plain lines where there is no bar
constexpr std::size_t bar_columns = 24;

struct ActiveRun {
    const WatchedRun& run;
    sync::Progress::View view;
};

std::vector<ActiveRun> active_of(const std::vector<WatchedRun>& runs,
                                 const service::Runner& runner) {
    std::vector<ActiveRun> active;
    for (const auto& run : runs) {
        if (const auto view = runner.progress(run.id)) {
            active.push_back({run, *view});
        }
    }
    return active;
}

/// The mailbox it is at, or that it waits.
std::string place_text(const sync::Progress::View& view) {
    if (view.pause.count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(view.pause).count();
        return fmt::format("a pause of {} s, then it goes on", seconds);
    }
    return view.place;
}

/// A bar on a terminal, else a plain line for each run every ten seconds.
class Meter {
  public:
    explicit Meter(Output& out) : out_(out) {}

    ~Meter() { out_.clear_bar(); }

    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

    void show(const std::vector<ActiveRun>& active) {
        if (active.empty()) {
            return;
        }
        if (out_.screen().is_terminal) {
            show_sum(active);
        } else if (const auto now = std::chrono::steady_clock::now(); now - last_ > line_interval) {
            last_ = now;
            for (const auto& [run, view] : active) {
                out_.note(printable_line(run.name) + ": " + progress_text(view));
            }
        }
    }

  private:
    void show_sum(const std::vector<ActiveRun>& active) {
        sync::Progress::View sum;
        std::vector<std::string> places;
        for (const auto& [run, view] : active) {
            sum.done += view.done;
            sum.total += view.total;
            sum.octets += view.octets;
            places.push_back(printable_line(run.name + ": " + place_text(view)));
        }
        out_.show_bar(progress_bar(sum, join(places, ", ")));
    }

    Output& out_;
    SteadyTime last_ = std::chrono::steady_clock::now();
};

std::string next_step(const Run& run, const std::string& name) {
    if (run.kind == RunKind::restore || run.kind == RunKind::import) {
        return "Run it again: it goes on where it stopped.";
    }
    return run.state == RunState::failed
               ? "`mailkeep account test " + shell_word(name) + "` tells whether it works again."
               : "Run it again later: what failed is tried anew.";
}

Run outcome_of(const WatchedRun& watched, const catalog::Catalog& catalog) {
    auto run = catalog.run(watched.id);
    MAILKEEP_ASSERT(run.has_value());
    if (run->state == RunState::running) {
        run->state = RunState::failed;
        run->error = "the outcome of the run could not be written down";
        run->error_code = Errc::storage;
    }
    return *std::move(run);
}

}  // namespace

std::vector<Run> await_runs(const std::vector<WatchedRun>& runs, Context& context, Workplace& place,
                            const catalog::Catalog& catalog) {
    Meter meter(context.out);
    bool is_cancelled = false;
    for (;;) {
        const auto active = active_of(runs, place.runner);
        if (active.empty()) {
            break;
        }
        if (context.stop.stop_requested() && !is_cancelled) {
            is_cancelled = true;
            context.out.note("Stopping; what has been fetched is kept …");
            for (const auto& [run, view] : active) {
                place.runner.cancel(run.id);
            }
        }
        meter.show(active);
        place.runner.wait_for(active.front().run.id, longest_wait);
    }
    std::vector<Run> outcomes;
    for (const auto& run : runs) {
        outcomes.push_back(outcome_of(run, catalog));
    }
    return outcomes;
}

void tell_failures(Output& out, const Run& run, const std::string& name) {
    if (run.state == RunState::cancelled) {
        out.complain(name + ": cancelled");
        out.advise("Run it again: what has been done by now is kept.");
        return;
    }
    if (run.error.empty()) {
        return;
    }
    for (const auto line : split(run.error, '\n')) {
        out.complain(name + ": " + std::string(line));
    }
    out.advise(run.hint.empty() ? next_step(run, name) : run.hint);
}

ExitCode exit_code_for(const Run& run) {
    switch (run.state) {
        case RunState::done:
            return ExitCode::done;
        case RunState::partial:
            return ExitCode::partial;
        default:
            return run.error_code == Errc::corrupt ? ExitCode::damaged : ExitCode::failed;
    }
}

ExitCode exit_code_for(std::span<const Run> runs) {
    const auto any = [&](const auto& fits) { return std::any_of(runs.begin(), runs.end(), fits); };
    if (any([](const Run& run) { return run.error_code == Errc::corrupt; })) {
        return ExitCode::damaged;
    }
    if (any([](const Run& run) {
            return run.state == RunState::cancelled || run.error_code == Errc::storage;
        })) {
        return ExitCode::failed;
    }
    return any([](const Run& run) { return run.state != RunState::done; }) ? ExitCode::partial
                                                                           : ExitCode::done;
}

std::string progress_text(const sync::Progress::View& view) {
    const auto place = printable_line(place_text(view));
    return fmt::format("{}{}{} of {}, {}", place, place.empty() ? "" : ", ", view.done,
                       count_text(view.total, "message"), size_text(view.octets));
}

std::string progress_bar(const sync::Progress::View& sum, const std::string& place) {
    const auto done = std::min(sum.done, sum.total);
    const std::size_t filled = sum.total == 0 ? 0 : done * bar_columns / sum.total;
    return fmt::format("[{}{}] {}/{} {}  {}", std::string(filled, '#'),
                       std::string(bar_columns - filled, '-'), sum.done, sum.total,
                       size_text(sum.octets), place);
}

}  // namespace mailkeep::app
