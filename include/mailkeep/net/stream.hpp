// SPDX-License-Identifier: Apache-2.0
// The door to a peer: octets in, octets out. Real ones come from connect(); tests script their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::net {

/// What both ends of a TLS connection know and nobody in between (RFC 5056).
struct ChannelBinding {
    std::string type;  ///< "tls-exporter" (RFC 9266), "tls-unique" (RFC 5929)
    std::string octets;
};

/// One connection, one thread. Every call ends within the timeout or by cancellation, with
/// Error{timeout}, Error{cancelled}, Error{network} or Error{tls}.
class Stream {
  public:
    virtual ~Stream() = default;

    /// At least one octet, or 0 when the peer ended the stream in order (for TLS: close_notify;
    /// a TLS stream cut short is Error{network}, never an end).
    virtual std::size_t read_some(std::span<char> into) = 0;

    virtual void write_all(std::string_view octets) = 0;

    /// Whether octets, or the end, come within this time; false: silence, which breaks nothing.
    /// Where that cannot be told it is true, and the next read waits.
    [[nodiscard]] virtual bool wait_readable(std::chrono::milliseconds /*most*/) { return true; }

    /// Starts TLS with the policy given to connect(). Requires: nothing unread is buffered by the
    /// caller (RFC 8314, response injection).
    virtual void start_tls() = 0;

    /// Best first; none without TLS.
    [[nodiscard]] virtual std::vector<ChannelBinding> channel_bindings() const { return {}; }

    /// How long the peer may stay silent in one read or write.
    virtual void set_timeout(std::chrono::milliseconds idle) = 0;

    /// The clock by which the peer is slow or not; tests have their own.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const {
        return std::chrono::steady_clock::now();
    }

    /// Whether the peer is this machine or one of its own network: the line is not what is slow.
    [[nodiscard]] virtual bool is_near() const { return false; }

    virtual void close() noexcept = 0;
};

}  // namespace mailkeep::net
