// SPDX-License-Identifier: Apache-2.0
// Transport Neutral Encapsulation Format, Outlook's "winmail.dat" (Microsoft [MS-OXTNEF]): its
// attachments and the text it may hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::mail {

struct TnefFile {
    std::string name;  ///< UTF-8, may be empty
    std::string content_type;
    std::string content;
};

struct Tnef {
    std::string text;             ///< UTF-8, as plain text
    std::vector<TnefFile> files;  ///< most_parts at most
};

/// What is no TNEF has nothing in it; what is broken off has what stands before. Linear.
[[nodiscard]] Tnef read_tnef(std::string_view octets);

}  // namespace mailkeep::mail
