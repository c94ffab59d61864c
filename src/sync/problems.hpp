// SPDX-License-Identifier: Apache-2.0
// What went wrong with single messages and mailboxes in a run: logged at once, told at its end.
#pragma once

#include "mailkeep/base/log.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::sync {

/// Borrows the event's name. One run, one thread.
class Problems {
  public:
    /// `whom` is the account or the target, as the log names it.
    Problems(std::string_view event, LogField whom) : event_(event), whom_(std::move(whom)) {}

    void note(std::string text) {
        log_warning(event_, {whom_, {"problem", text}});
        noted_.push_back(std::move(text));
    }

    /// All that was noted, a line each.
    [[nodiscard]] std::vector<std::string> take() { return std::move(noted_); }

  private:
    std::string_view event_;
    LogField whom_;
    std::vector<std::string> noted_;
};

}  // namespace mailkeep::sync
