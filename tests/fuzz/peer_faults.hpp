// SPDX-License-Identifier: Apache-2.0
// The errors that octets of a server may cause. All others are ours.
#pragma once

#include "mailkeep/base/error.hpp"

namespace mailkeep::fuzz {

inline bool is_fault_of_peer(Errc code) {
    return code == Errc::network || code == Errc::protocol || code == Errc::refused ||
           code == Errc::authentication;
}

}  // namespace mailkeep::fuzz
