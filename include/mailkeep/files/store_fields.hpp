// SPDX-License-Identifier: Apache-2.0
// Header fields by which programs that keep mail in an mbox remember what the format has no place
// for: flags, keywords, labels. Pure.
#pragma once

#include "mailkeep/model/flags.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::files {

struct StoreFields {
    Flags flags;
    bool is_expunged = false;                 ///< Thunderbird: deleted, and not yet taken out
    std::optional<std::string> gmail_labels;  ///< X-Gmail-Labels as it stands, unfolded
    /// Of fields that Takeout or Thunderbird wrote above the message, which did not come with it.
    std::size_t octets_above = 0;
};

/// Status, X-Status, X-Keywords (many programs), X-Mozilla-Status, X-Mozilla-Status2,
/// X-Mozilla-Keys (Thunderbird), X-Gmail-Labels (Google Takeout). `text` is a message or its
/// beginning; line ends are any.
[[nodiscard]] StoreFields store_fields_of(std::string_view text);

}  // namespace mailkeep::files
