// SPDX-License-Identifier: Apache-2.0
#include "near.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace mailkeep::net {

namespace {

struct Network {
    std::uint32_t prefix;
    std::uint32_t mask;
};

constexpr std::array<Network, 5> near_networks{{{0x7F000000, 0xFF000000},
                                                {0x0A000000, 0xFF000000},
                                                {0xAC100000, 0xFFF00000},
                                                {0xC0A80000, 0xFFFF0000},
                                                {0xA9FE0000, 0xFFFF0000}}};

bool is_near_v4(std::uint32_t address) {
    return std::any_of(near_networks.begin(), near_networks.end(), [&](const Network& network) {
        return (address & network.mask) == network.prefix;
    });
}

bool is_near_v6(const in6_addr& address) {
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        std::uint32_t inner = 0;
        std::memcpy(&inner, &address.s6_addr[12], sizeof inner);
        return is_near_v4(ntohl(inner));
    }
    return IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address) ||
           (address.s6_addr[0] & 0xFE) == 0xFC;
}

}  // namespace

bool is_near(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        return is_near_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        return is_near_v6(v6.sin6_addr);
    }
    return address.ss_family == AF_UNIX;
}

}  // namespace mailkeep::net
