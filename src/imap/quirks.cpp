// SPDX-License-Identifier: Apache-2.0
#include "quirks.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mailkeep::imap {

namespace {

struct Quirk {
    const char* mark;  ///< the capability that only such servers advertise
    std::string_view broken;
};

/// iCloud: messages "disappear" by QRESYNC (Mailspring-Sync #91), and ESEARCH takes no notice of
/// its RETURN options (horde/Imap_Client #17).
constexpr std::array<Quirk, 2> quirks{{{"XAPPLELITERAL", "QRESYNC"}, {"XAPPLELITERAL", "ESEARCH"}}};

}  // namespace

bool offers(const Capabilities& capabilities, const std::string& name) {
    return capabilities.has(name) &&
           std::none_of(quirks.begin(), quirks.end(), [&](const Quirk& quirk) {
               return quirk.broken == name && capabilities.has(quirk.mark);
           });
}

}  // namespace mailkeep::imap
