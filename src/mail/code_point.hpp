// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mailkeep::mail {

/// One character in UTF-8. Requires: a Unicode scalar value, so no surrogate.
void append_utf8(std::string& text, char32_t c);

}  // namespace mailkeep::mail
