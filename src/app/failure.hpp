// SPDX-License-Identifier: Apache-2.0
// The last catch: what the work of a command or of a thread threw, as a value.
#pragma once

#include "mailkeep/base/error.hpp"

#include <functional>
#include <optional>

namespace mailkeep::app {

/// Nothing when the work went well. An exception that is no Error becomes Error{internal}.
[[nodiscard]] std::optional<Error> failure_of(const std::function<void()>& work);

}  // namespace mailkeep::app
