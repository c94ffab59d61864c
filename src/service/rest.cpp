// SPDX-License-Identifier: Apache-2.0
#include "rest.hpp"

#include <condition_variable>
#include <mutex>

namespace mailkeep::service {

void rest(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace mailkeep::service
