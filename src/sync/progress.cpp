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

Progress::View Progress::view() const {
    const std::lock_guard lock(mutex_);
    return {place_, done_, total_, octets_};
}

}  // namespace mailkeep::sync
