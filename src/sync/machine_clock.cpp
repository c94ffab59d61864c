// SPDX-License-Identifier: Apache-2.0
// The machine's two clocks: the one people set, and the one that counts since the machine started,
// sleep included, which nobody can set.
#include "mailkeep/base/text.hpp"
#include "mailkeep/sync/compact.hpp"

#include <ctime>
#include <fstream>

namespace mailkeep::sync {

namespace {

/// Linux gives each boot a random name (random(4)).
std::string name_of_boot() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string name;
    std::getline(file, name);
    return std::string(trim(name));
}

std::chrono::milliseconds uptime() {
    timespec time{};
    if (::clock_gettime(CLOCK_BOOTTIME, &time) != 0) {
        return {};
    }
    return std::chrono::seconds{time.tv_sec} +
           std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::nanoseconds{time.tv_nsec});
}

}  // namespace

catalog::ClockReading read_clocks(const Clock& clock) {
    return {clock.now(), name_of_boot(), uptime()};
}

void observe_clock(catalog::Catalog& catalog, const catalog::ClockReading& now) {
    if (plan_clock(catalog.clock_reading(), catalog.last_batch_at(), now).empty()) {
        catalog.note_clock(now);
    }
}

}  // namespace mailkeep::sync
