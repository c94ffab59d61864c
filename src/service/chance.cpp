// SPDX-License-Identifier: Apache-2.0
#include "chance.hpp"

#include "mailkeep/base/crypto.hpp"

namespace mailkeep::service {

double by_chance() {
    const auto octets = random_octets(1);
    return static_cast<double>(static_cast<unsigned char>(octets.front())) / 255;
}

}  // namespace mailkeep::service
