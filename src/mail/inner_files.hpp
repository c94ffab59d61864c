// SPDX-License-Identifier: Apache-2.0
// Parts that are no MIME parts: files in text, and what Outlook packs into one.
#pragma once

#include "mailkeep/mail/message.hpp"

#include "reader.hpp"

#include <string_view>
#include <vector>

namespace mailkeep::mail {

/// Whether a part of that type and file name holds TNEF.
[[nodiscard]] bool is_tnef(std::string_view content_type, std::string_view file_name);

/// Puts what the parts hold behind them, most_parts in all.
void append_inner_files(std::vector<Part>& parts, Reading reading);

}  // namespace mailkeep::mail
