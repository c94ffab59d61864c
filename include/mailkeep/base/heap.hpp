// SPDX-License-Identifier: Apache-2.0
// The memory of the process.
#pragma once

namespace mailkeep {

/// Gives what is free on the heap back to the system, page by page: large pieces that lay between
/// small ones leave holes that later ones may not fit. Takes some milliseconds, so it is for places
/// where many mebioctets have just become free. Any thread.
void trim_heap();

}  // namespace mailkeep
