// SPDX-License-Identifier: Apache-2.0
// All that a peer sends until it closes.
#pragma once

#include "mailkeep/net/stream.hpp"

#include <array>
#include <string>

namespace mailkeep::test {

inline std::string read_to_end(net::Stream& stream) {
    std::string all;
    std::array<char, 1000> some{};
    while (const std::size_t count = stream.read_some(some)) {
        all.append(some.data(), count);
    }
    return all;
}

}  // namespace mailkeep::test
