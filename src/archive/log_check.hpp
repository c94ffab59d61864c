// SPDX-License-Identifier: Apache-2.0
// What can be wrong with the log, and with an archive as the log knows it.
#pragma once

#include "mailkeep/archive/log.hpp"

#include "durable_file.hpp"
#include "log_files.hpp"

#include <vector>

namespace mailkeep::archive {

[[nodiscard]] LogVerdict check_log(Disk& disk, const LogFiles& files);

[[nodiscard]] std::vector<Finding> compare_with_log(const Archive& archive, Disk& disk,
                                                    const LogFiles& files);

/// Whether the newest tree goes on from `earlier`, whose signature holds.
[[nodiscard]] std::vector<Finding> compare_with_checkpoint(const Checkpoint& earlier, Disk& disk,
                                                           const LogFiles& files);

}  // namespace mailkeep::archive
