// SPDX-License-Identifier: Apache-2.0
// One accepted socket as cpp-httplib sees it, with the guards the library lacks: a request can read
// its own header and body and nothing beyond, and no wait is without a deadline.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailkeep::http {

inline constexpr std::size_t most_header_octets = std::size_t{64} << 10U;
inline constexpr std::uint64_t most_body_octets = std::uint64_t{1} << 20U;
inline constexpr std::chrono::seconds header_time{10};  ///< from the first octet to the last
inline constexpr std::chrono::seconds body_time{30};
inline constexpr std::chrono::seconds idle_time{75};   ///< between two requests
inline constexpr std::chrono::seconds stall_time{30};  ///< a peer that does not read

/// Used by one thread at a time: the one that watches while the header is gathered, a worker while
/// the request is answered.
class Connection final : public httplib::Stream {
  public:
    using Clock = std::chrono::steady_clock;
    enum class Intake { incomplete, complete, too_large, closed };

    /// Owns the descriptor. A readable stop_event ends every wait. `live`, which must outlive it,
    /// counts the connections there are.
    Connection(int descriptor, std::string peer, int stop_event, std::atomic<std::size_t>& live);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Takes what has arrived, without waiting, until a whole header is there.
    [[nodiscard]] Intake gather();
    /// Whether what is left of earlier reads holds a whole header already (pipelining).
    [[nodiscard]] Intake look();

    /// When the peer must have sent the next header.
    [[nodiscard]] Clock::time_point deadline() const { return deadline_; }

    /// From here on the stream ends behind the header that was gathered.
    void begin_request();
    /// The stream ends behind so many octets of body.
    void allow_body(std::size_t octets);
    /// Reads what the answer left unread. False when the peer is gone or too slow.
    [[nodiscard]] bool finish_request();
    /// Tells the peer that nothing more comes and gives it a moment to read the answer: closing at
    /// once, with octets of it unread, would be a reset that takes the answer away.
    void say_goodbye();
    /// Sends without waiting; for the thread that watches.
    void send_at_once(std::string_view octets) const;

    [[nodiscard]] bool is_readable() const override;
    [[nodiscard]] bool is_writable() const override;
    ssize_t read(char* into, std::size_t room) override;
    ssize_t write(const char* octets, std::size_t count) override;
    void get_remote_ip_and_port(std::string& ip, int& port) const override;
    void get_local_ip_and_port(std::string& ip, int& port) const override;

    [[nodiscard]] socket_t socket() const override { return descriptor_; }

  private:
    [[nodiscard]] bool wait_for(short events, Clock::time_point until) const;
    [[nodiscard]] bool fill();

    int descriptor_;
    std::string peer_;
    int stop_event_;
    std::atomic<std::size_t>& live_;
    std::string buffer_;             // header, body, and perhaps the next request
    std::size_t searched_ = 0;       // of buffer_, for the end of the header
    std::size_t header_octets_ = 0;  // 0: not all there yet
    std::size_t used_ = 0;           // of buffer_, by the present request
    std::size_t budget_ = 0;         // of buffer_, for the present request
    Clock::time_point deadline_;
};

}  // namespace mailkeep::http
