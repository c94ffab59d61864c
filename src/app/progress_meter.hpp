// SPDX-License-Identifier: Apache-2.0
// Shows how far a piece of work is while it goes on beside.
#pragma once

#include "mailkeep/sync/progress.hpp"

#include "output.hpp"

#include <chrono>
#include <functional>
#include <future>

namespace mailkeep::app {

/// Returns once `is_done`, which waits for so long, says so.
void show_until(const std::function<bool(std::chrono::milliseconds)>& is_done,
                const sync::Progress& progress, Output& out);

/// What the work returns or throws; it runs in a thread of its own and leaves `out` alone.
template <class Work>
auto show_beside(const Work& work, const sync::Progress& progress, Output& out) {
    auto working = std::async(std::launch::async, work);
    show_until(
        [&](std::chrono::milliseconds wait) {
            return working.wait_for(wait) == std::future_status::ready;
        },
        progress, out);
    return working.get();
}

}  // namespace mailkeep::app
