// SPDX-License-Identifier: Apache-2.0
// A message in the form in which the catalog takes it.
#pragma once

#include "mailkeep/model/message.hpp"

#include <string_view>

namespace mailkeep::mail {

/// Never throws on bad mail.
[[nodiscard]] MessageSummary summarize(const ContentId& content_id, std::string_view raw);

/// The same without text and attachments, for the time it takes to read the header.
[[nodiscard]] MessageSummary summarize_header(const ContentId& content_id, std::string_view raw);

}  // namespace mailkeep::mail
