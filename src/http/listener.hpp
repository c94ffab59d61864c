// SPDX-License-Identifier: Apache-2.0
// A listening TCP socket.
#pragma once

#include <cstdint>
#include <string>

namespace mailkeep::http {

/// The descriptor, non-blocking. Error{conflict} when the port is taken or may not be used,
/// Error{invalid} for a host that is none of this machine.
[[nodiscard]] int listen_on(const std::string& host, std::uint16_t port);

[[nodiscard]] std::uint16_t port_of(int listener);

struct Accepted {
    int descriptor = -1;  ///< -1: nobody waits
    std::string peer;     ///< numeric address
};

[[nodiscard]] Accepted accept_on(int listener);

}  // namespace mailkeep::http
