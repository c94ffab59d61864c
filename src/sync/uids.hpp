// SPDX-License-Identifier: Apache-2.0
// UIDs of messages as a set, and as people read them. Pure.
#pragma once

#include "mailkeep/model/uid_set.hpp"

#include <string>

namespace mailkeep::sync {

/// Of whatever has a uid.
template <class Messages>
[[nodiscard]] UidSet uids_of(const Messages& messages) {
    UidSet uids;
    for (const auto& message : messages) {
        uids.add(message.uid);
    }
    return uids;
}

/// The first of them, and how many more.
[[nodiscard]] std::string shown(const UidSet& uids);

}  // namespace mailkeep::sync
