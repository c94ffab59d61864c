// SPDX-License-Identifier: Apache-2.0
// Landlock, Linux 5.13: which files a process may open.
#pragma once

namespace mailkeep::extract {

/// From now on only the system's libraries may be read, and the program with this descriptor, which
/// may be run (-1: none). False: the kernel has no Landlock. Requires: no new privileges.
[[nodiscard]] bool allow_libraries_only(int program);

}  // namespace mailkeep::extract
