// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <stop_token>

namespace mailkeep::service {

/// This thread does nothing for so long, or until a stop is asked for.
void rest(const std::stop_token& stop, std::chrono::milliseconds time);

}  // namespace mailkeep::service
