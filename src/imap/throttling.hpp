// SPDX-License-Identifier: Apache-2.0
// Servers that want a pause, by code or by words, as data: RFC 5530 has no code that means just
// that.
#pragma once

#include <chrono>
#include <string_view>

namespace mailkeep::imap {

/// Whether an answer to this command that is no OK, or a farewell (no command), means that the
/// server would answer otherwise later. `code` is in upper case.
[[nodiscard]] bool wants_pause(std::string_view command, std::string_view code,
                               std::string_view text);

/// Whether it may as well be said of one message that the server never gives.
[[nodiscard]] bool is_doubtful_pause(std::string_view code, std::string_view text);

/// "Suggested Backoff Time: 299961 milliseconds" and the like; 0: not told.
[[nodiscard]] std::chrono::milliseconds pause_told(std::string_view text);

}  // namespace mailkeep::imap
