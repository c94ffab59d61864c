// SPDX-License-Identifier: Apache-2.0
// Parts that are no MIME parts of the message: files in text, what Outlook packs into one, and what
// S/MIME wraps to sign it.
#pragma once

#include "mailkeep/mail/message.hpp"

#include "reader.hpp"

#include <string_view>
#include <vector>

namespace mailkeep::mail {

/// Whether a part of that type and file name is looked into, so that its body is wanted.
[[nodiscard]] bool is_package(std::string_view content_type, std::string_view file_name);

/// Puts what the parts hold behind them, most_parts in all.
void append_inner_files(std::vector<Part>& parts, Reading reading);

}  // namespace mailkeep::mail
