// SPDX-License-Identifier: Apache-2.0
#include "give_way.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mailkeep::service {

/// The C library has no name for the second call; see ioprio_set(2): a thread, the lowest level of
/// the usual class.
void give_way() {
    const auto thread = static_cast<id_t>(::gettid());
    static_cast<void>(::setpriority(PRIO_PROCESS, thread, 19));
    constexpr int of_a_thread = 1;
    constexpr int lowest = 2 << 13 | 7;
    static_cast<void>(::syscall(SYS_ioprio_set, of_a_thread, 0, lowest));
}

}  // namespace mailkeep::service
