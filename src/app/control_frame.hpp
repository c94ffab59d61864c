// SPDX-License-Identifier: Apache-2.0
// The frames of the control socket; control.hpp says which there are.
#pragma once

#include "mailkeep/net/stream.hpp"

#include "control.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::app {

inline constexpr std::size_t most_payload = 1U << 20U;
inline constexpr std::size_t most_arguments = 4096;

struct Frame {
    char kind = 0;
    std::string payload;
};

/// Requires: a payload of at most most_payload octets.
[[nodiscard]] std::string encoded(char kind, std::string_view payload);

/// Nothing when the peer ended the stream before a frame began. Error{protocol} for a frame that is
/// too long, Error{network} for one that is cut short.
[[nodiscard]] std::optional<Frame> read_frame(net::Stream& stream);

/// Sends a request, 'v' to 'g'.
void send_request(net::Stream& stream, const Request& request);

/// Nothing when the peer left without a word. Error{protocol} for anything but a whole request of
/// this version.
[[nodiscard]] std::optional<Request> read_request(net::Stream& stream);

}  // namespace mailkeep::app
