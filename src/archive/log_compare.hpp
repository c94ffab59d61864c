// SPDX-License-Identifier: Apache-2.0
// The archive as the log knows it, and the log as a checkpoint kept elsewhere knows it.
#pragma once

#include "mailkeep/archive/log.hpp"

#include "durable_file.hpp"
#include "log_files.hpp"

#include <vector>

namespace mailkeep::archive {

[[nodiscard]] std::vector<Finding> compare_with_log(const Archive& archive, Disk& disk,
                                                    const LogFiles& files, Depth depth);

/// Whether the newest tree goes on from `earlier`, whose signature holds.
[[nodiscard]] std::vector<Finding> compare_with_checkpoint(const Checkpoint& earlier,
                                                           const Archive& archive, Disk& disk,
                                                           const LogFiles& files);

}  // namespace mailkeep::archive
