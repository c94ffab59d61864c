// SPDX-License-Identifier: Apache-2.0
// Rich Text Format as Outlook writes it into TNEF: compressed ([MS-OXRTFCP]), and often HTML inside
// ([MS-OXRTFEX]).
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::mail {

/// The RTF itself, at most twice most_text_octets; what is damaged ends before the damage.
[[nodiscard]] std::string decompress_rtf(std::string_view compressed);

/// Its text in UTF-8. Linear; any octets will do.
[[nodiscard]] std::string rtf_to_text(std::string_view rtf);

}  // namespace mailkeep::mail
