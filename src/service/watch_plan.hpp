// SPDX-License-Identifier: Apache-2.0
// When a session that follows mailboxes is tried again. Pure.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/model/account.hpp"

#include <chrono>
#include <optional>

namespace mailkeep::service {

/// How many failures in a row there are, with one more after a session of this length: one that
/// lasted was no failure.
[[nodiscard]] int plan_failures(int before, std::chrono::milliseconds lasted);

/// The pause after so many failures in a row: 5 seconds, twice as long each time up to a quarter of
/// an hour, and of that between one half and all by chance (0 to 1), so that accounts that failed
/// together do not return together. Nothing: not before the account is changed.
[[nodiscard]] std::optional<std::chrono::milliseconds> plan_retry(Errc cause, int failures,
                                                                  double chance);

/// Whether a session for the one would be another session for the other. A renewed token is not.
[[nodiscard]] bool is_another_session(const Account& before, const Account& now);

}  // namespace mailkeep::service
