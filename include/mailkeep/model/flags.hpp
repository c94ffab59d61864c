// SPDX-License-Identifier: Apache-2.0
// Flags and keywords of a message in a mailbox (RFC 9051 section 2.3.2), and Gmail's labels.
// \Recent is not kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailkeep {

struct Flags {
    bool seen = false;
    bool answered = false;
    bool flagged = false;
    bool deleted = false;
    bool draft = false;
    std::vector<std::string> keywords;  ///< sorted, each once, as the server spells them
    std::vector<std::string> labels;    ///< of Gmail; UTF-8, sorted, each once, "\Inbox" as such

    /// Takes "\Seen" in any case, or a keyword; drops "\Recent". An unknown "\Flag" is a keyword.
    void add(std::string_view flag);

    friend bool operator==(const Flags&, const Flags&) = default;
};

/// "\Answered \Flagged \Deleted \Seen \Draft $Forwarded": RFC order, then keywords. The form in
/// which the archive and JSON hold flags.
[[nodiscard]] std::string to_text(const Flags& flags);
[[nodiscard]] Flags flags_from_text(std::string_view text);
/// to_text as separate words.
[[nodiscard]] std::vector<std::string> words_of(const Flags& flags);

}  // namespace mailkeep
