// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mailkeep::service {

/// 0 to 1.
[[nodiscard]] double by_chance();

}  // namespace mailkeep::service
