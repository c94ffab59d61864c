// SPDX-License-Identifier: Apache-2.0
// How a service follows the mailboxes of an account besides its schedule.
#pragma once

#include "mailkeep/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep {

enum class WatchState {
    off,
    watching,  ///< the server tells of changes, or is asked every half minute
    waiting,   ///< for the next try
    stopped,   ///< until the account is changed: the login was refused
};

[[nodiscard]] std::string_view name_of(WatchState state);
[[nodiscard]] std::optional<WatchState> watch_state_from(std::string_view name);

struct Watching {
    WatchState state = WatchState::off;
    std::optional<Timestamp> since;     ///< nothing while it is off
    std::optional<Timestamp> next_try;  ///< of waiting
    std::string problem;                ///< empty: all is well

    friend bool operator==(const Watching&, const Watching&) = default;
};

}  // namespace mailkeep
