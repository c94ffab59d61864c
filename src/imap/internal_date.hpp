// SPDX-License-Identifier: Apache-2.0
// INTERNALDATE as text, both ways (RFC 9051 section 9, date-time).
#pragma once

#include "mailkeep/model/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::imap {

/// " 1-Jan-2020 10:00:00 +0100", in the date's own zone. Earlier dates become 1970-01-01, because
/// Cyrus and Courier refuse the years before.
[[nodiscard]] std::string to_date_time(const InternalDate& date);

/// Nothing when it is no date (Domino sends "00-Jan-0000"). Cyrus pads the day with a space, others
/// with 0 or not at all.
[[nodiscard]] std::optional<InternalDate> parse_date_time(std::string_view text);

}  // namespace mailkeep::imap
