// SPDX-License-Identifier: Apache-2.0
// Text of format=flowed (RFC 3676).
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::mail {

/// Each paragraph as one line, quote marks before it; deletes_space is the parameter DelSp.
[[nodiscard]] std::string unflow(std::string_view text, bool deletes_space);

}  // namespace mailkeep::mail
