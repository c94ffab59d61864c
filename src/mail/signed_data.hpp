// SPDX-License-Identifier: Apache-2.0
// S/MIME that wraps what it signs (CMS signed-data, RFC 5652 section 5): readable without any key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::mail {

/// Whether these octets say at their begin that they are signed-data.
[[nodiscard]] bool is_signed_data(std::string_view cms);

/// The content that was signed; nothing when there is none or it is no signed-data. No signature is
/// checked. Linear; any octets will do.
[[nodiscard]] std::optional<std::string> signed_content(std::string_view cms);

}  // namespace mailkeep::mail
