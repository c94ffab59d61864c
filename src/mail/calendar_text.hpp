// SPDX-License-Identifier: Apache-2.0
// What an invitation says (iCalendar, RFC 5545), for people and for the index.
#pragma once

#include <string>
#include <string_view>

namespace mailkeep::mail {

/// Lines that were folded as one (section 3.1), in octets: encoders fold within a character.
[[nodiscard]] std::string unfold_calendar(std::string_view octets);

/// The properties of its events, tasks and journal entries that people ask for, a line each. UTF-8
/// in and out; linear.
[[nodiscard]] std::string calendar_to_text(std::string_view unfolded);

}  // namespace mailkeep::mail
