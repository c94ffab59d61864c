// SPDX-License-Identifier: Apache-2.0
#include "progress_meter.hpp"

#include "printable.hpp"

#include <fmt/format.h>

namespace mailkeep::app {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 100ms;
constexpr auto told_interval = 10s;  ///< where there is no bar

std::string meter_text(const sync::Progress::View& view) {
    return fmt::format("{}, {}, {}", count_text(view.done, "message"), size_text(view.octets),
                       printable_line(view.place));
}

}  // namespace

void show_until(const std::function<bool(std::chrono::milliseconds)>& is_done,
                const sync::Progress& progress, Output& out) {
    auto last = std::chrono::steady_clock::now();
    while (!is_done(look_interval)) {
        const auto now = std::chrono::steady_clock::now();
        if (out.screen().is_terminal) {
            out.show_bar(meter_text(progress.view()));
        } else if (now - last > told_interval) {
            last = now;
            out.note(meter_text(progress.view()));
        }
    }
    out.clear_bar();
}

}  // namespace mailkeep::app
