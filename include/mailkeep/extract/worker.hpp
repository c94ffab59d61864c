// SPDX-License-Identifier: Apache-2.0
// The process on the other side of an Extractor: `mailkeep extract`.
#pragma once

#include <string>
#include <vector>

namespace mailkeep::extract {

/// Locks the process down, then answers what comes on standard input (src/extract/frame.hpp) until
/// it ends. With the path of pdftotext as argument it becomes that program instead. Returns the
/// exit code. Requires: no other thread.
[[nodiscard]] int serve(const std::vector<std::string>& arguments);

}  // namespace mailkeep::extract
