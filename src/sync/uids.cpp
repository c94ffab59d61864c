// SPDX-License-Identifier: Apache-2.0
#include "uids.hpp"

namespace mailkeep::sync {

std::string shown(const UidSet& uids) {
    constexpr std::size_t most = 20;
    std::string text;
    UidSet rest = uids;
    for (const auto& [first, last] : uids.ranges()) {
        if (text.size() / 4 > most) {
            return text + " and " + std::to_string(rest.count()) + " more";
        }
        text += (text.empty() ? "UID " : ", ") + std::to_string(first);
        text += first == last ? "" : "-" + std::to_string(last);
        UidSet range;
        range.add(first, last);
        rest = rest - range;
    }
    return text;
}

}  // namespace mailkeep::sync
