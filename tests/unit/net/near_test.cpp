// SPDX-License-Identifier: Apache-2.0
#include "near.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

using namespace mailkeep;

namespace {

bool is_near_text(const std::string& text) {
    sockaddr_storage address{};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        std::memcpy(&address, &v4, sizeof v4);
    } else {
        EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
        v6.sin6_family = AF_INET6;
        std::memcpy(&address, &v6, sizeof v6);
    }
    return net::is_near(address);
}

}  // namespace

TEST(IsNear, is_what_no_router_of_the_internet_knows) {
    for (const char* const text :
         {"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
          "169.254.1.1", "::1", "fe80::1", "fd00::1", "fc00::1", "::ffff:192.168.1.1"}) {
        EXPECT_TRUE(is_near_text(text)) << text;
    }
    for (const char* const text : {"1.1.1.1", "172.32.0.1", "172.15.255.255", "192.169.0.1",
                                   "11.0.0.1", "2001:db8::1", "fec0::1", "::ffff:8.8.8.8"}) {
        EXPECT_FALSE(is_near_text(text)) << text;
    }
}
