// SPDX-License-Identifier: Apache-2.0
// seccomp: which system calls a process may make.
#pragma once

#include "lock_down.hpp"

namespace mailkeep::extract {

enum class Opening { none, for_reading };

/// All others fail with EPERM from now on. False: the kernel has no seccomp. Sanitizers make calls
/// of their own, so that under them only what is dangerous fails.
[[nodiscard]] bool allow_system_calls(Task task, Opening opening);

}  // namespace mailkeep::extract
