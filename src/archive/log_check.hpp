// SPDX-License-Identifier: Apache-2.0
// What can be wrong with the log by itself.
#pragma once

#include "mailkeep/archive/log.hpp"

#include "durable_file.hpp"
#include "log_files.hpp"

namespace mailkeep::archive {

[[nodiscard]] LogVerdict check_log(Disk& disk, const LogFiles& files);

}  // namespace mailkeep::archive
