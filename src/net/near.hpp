// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

namespace mailkeep::net {

/// Whether it is an address of this machine or of a network of its own: loopback, private (RFC
/// 1918, RFC 4193) or link-local.
[[nodiscard]] bool is_near(const sockaddr_storage& address);

}  // namespace mailkeep::net
