// SPDX-License-Identifier: Apache-2.0
// Character references of HTML: &eacute; &#233; &#xE9;
#pragma once

#include <optional>
#include <string_view>

namespace mailkeep::mail {

/// Takes a reference off the front of text, with or without its ";"; nothing when there is none.
/// Requires: text starts with "&".
[[nodiscard]] std::optional<char32_t> take_reference(std::string_view& text);

}  // namespace mailkeep::mail
