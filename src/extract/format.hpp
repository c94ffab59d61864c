// SPDX-License-Identifier: Apache-2.0
// What an attachment is, by what it says of itself and how it begins.
#pragma once

#include "mailkeep/mail/message.hpp"

namespace mailkeep::extract {

/// office: OOXML and OpenDocument. folded: iCalendar and vCard, whose lines are folded (RFC 5545
/// section 3.1, RFC 6350 section 3.2).
enum class Format : char { none, pdf, office, html, message, folded, text };

/// None for a part that is not an attachment, or is read with its message.
[[nodiscard]] Format format_of(const mail::Part& part);

}  // namespace mailkeep::extract
