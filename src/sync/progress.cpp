// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/progress.hpp"

namespace mailkeep::sync {

void Progress::enter(const std::string& place) {
    const std::lock_guard lock(mutex_);
    place_ = place;
}

void Progress::advance(std::uint64_t octets) {
    ++done_;
    octets_ += octets;
}

void Progress::pause(std::chrono::milliseconds length) {
    const std::lock_guard lock(mutex_);
    pause_ = length;
}

void Progress::go_on() {
    pause({});
    total_ = done_.load();
}

Progress::View Progress::view() const {
    const std::lock_guard lock(mutex_);
    return {place_, done_, total_, octets_, pause_};
}

}  // namespace mailkeep::sync
