// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM as a stop request, so that what is under way ends in order.
#pragma once

#include <stop_token>
#include <thread>

namespace mailkeep::app {

/// While it lives, the first signal requests a stop and the second ends the process at once (the
/// archive stands that). Requires: made before any other thread, which then inherits the mask.
class SignalWatch {
  public:
    SignalWatch();
    ~SignalWatch();

    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

  private:
    std::stop_source stop_;
    std::jthread thread_;
};

/// A write to a peer or a reader that is gone is an error to handle, not the end of the process.
void ignore_broken_pipes();

/// Neither a core file nor another process of this user may read the passwords in memory; not in
/// debug builds, where a debugger or a sanitizer must.
void hide_memory();

/// Tells the service manager, when there is one (sd_notify(3)).
void notify_manager(const char* state);

}  // namespace mailkeep::app
