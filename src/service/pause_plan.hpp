// SPDX-License-Identifier: Apache-2.0
// How long a run waits for a server that wants a pause, or to which the line broke. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace mailkeep::service {

/// How a run has waited by now.
struct Waited {
    int in_vain = 0;  ///< pauses since something came in
    std::chrono::milliseconds since_arrival{0};
    std::chrono::milliseconds in_all{0};
};

/// The next pause: 2 seconds, twice as long each time it was in vain up to 5 minutes, and of that
/// between one half and all by chance (0 to 1); at least what the server told, and up to a tenth
/// more. Nothing: the run would wait for more than a quarter of an hour without anything coming in,
/// or an hour in all, and ends.
[[nodiscard]] std::optional<std::chrono::milliseconds> plan_pause(const Waited& waited,
                                                                  std::chrono::milliseconds told,
                                                                  double chance);

/// Whether it is time to ask for a message as if the server meant that one alone.
[[nodiscard]] bool plan_insisting(const Waited& waited);

/// How long to wait before the server is called again after the line broke so often without
/// anything coming in: a second, twice as long each time, and of that between one half and all by
/// chance. Nothing: it was in vain four times.
[[nodiscard]] std::optional<std::chrono::milliseconds> plan_call_again(int in_vain, double chance);

/// After another pause.
[[nodiscard]] Waited plan_waited(const Waited& before, std::chrono::milliseconds pause);

}  // namespace mailkeep::service
