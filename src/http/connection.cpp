// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace mailkeep::http {

namespace {

constexpr std::chrono::seconds goodbye_time{1};

bool would_block() {
    return errno == EAGAIN;  // on Linux also EWOULDBLOCK
}

}  // namespace

Connection::Connection(int descriptor, std::string peer, int stop_event,
                       std::atomic<std::size_t>& live)
    : descriptor_(descriptor),
      peer_(std::move(peer)),
      stop_event_(stop_event),
      live_(live),
      deadline_(Clock::now() + header_time) {
    ++live_;
}

Connection::~Connection() {
    ::close(descriptor_);
    --live_;
}

Connection::Intake Connection::gather() {
    std::array<char, 16384> piece{};
    for (;;) {
        const ssize_t count = ::recv(descriptor_, piece.data(), piece.size(), MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && would_block()) {
            return Intake::incomplete;
        }
        if (count <= 0) {
            return Intake::closed;
        }
        if (buffer_.empty()) {
            deadline_ = Clock::now() + header_time;
        }
        buffer_.append(piece.data(), static_cast<std::size_t>(count));
        if (const Intake intake = look(); intake != Intake::incomplete) {
            return intake;
        }
    }
}

Connection::Intake Connection::look() {
    if (buffer_.starts_with("\r\n")) {
        buffer_.erase(0, 2);  // RFC 9112 section 2.2
    }
    const std::size_t end = buffer_.find("\r\n\r\n", searched_);
    if (end == std::string::npos) {
        searched_ = buffer_.size() < 3 ? 0 : buffer_.size() - 3;
        return buffer_.size() > most_header_octets ? Intake::too_large : Intake::incomplete;
    }
    header_octets_ = end + 4;
    return header_octets_ > most_header_octets ? Intake::too_large : Intake::complete;
}

void Connection::begin_request() {
    used_ = 0;
    budget_ = header_octets_;
}

void Connection::allow_body(std::uint64_t octets) {
    budget_ = header_octets_ + octets;
    deadline_ = Clock::now() + body_time;
}

bool Connection::finish_request() {
    std::array<char, 16384> ignored{};
    while (used_ < budget_) {
        if (read(ignored.data(), ignored.size()) <= 0) {
            return false;
        }
    }
    buffer_.erase(0, used_);
    used_ = budget_ = searched_ = header_octets_ = 0;
    deadline_ = Clock::now() + (buffer_.empty() ? idle_time : header_time);
    return true;
}

void Connection::say_goodbye() {
    ::shutdown(descriptor_, SHUT_WR);
    const Clock::time_point until = Clock::now() + goodbye_time;
    std::array<char, 16384> ignored{};
    while (wait_for(POLLIN, until)) {
        if (::recv(descriptor_, ignored.data(), ignored.size(), MSG_DONTWAIT) <= 0) {
            return;
        }
    }
}

void Connection::send_at_once(std::string_view octets) const {
    const ssize_t ignored =
        ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
}

bool Connection::is_readable() const {
    return used_ < budget_;
}

bool Connection::is_writable() const {
    std::array<pollfd, 2> polled{{{descriptor_, POLLRDHUP, 0}, {stop_event_, POLLIN, 0}}};
    return ::poll(polled.data(), polled.size(), 0) == 0;
}

ssize_t Connection::read(char* into, std::size_t room) {
    if (used_ == budget_) {
        return 0;
    }
    if (used_ == buffer_.size() && !fill()) {
        return -1;
    }
    const std::size_t count = std::min({room, budget_ - used_, buffer_.size() - used_});
    std::copy_n(buffer_.data() + used_, count, into);
    used_ += count;
    return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* octets, std::size_t count) {
    const Clock::time_point until = Clock::now() + stall_time;
    for (;;) {
        const ssize_t sent = ::send(descriptor_, octets, count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            return sent;
        }
        if (errno == EINTR) {
            continue;
        }
        if (!would_block() || !wait_for(POLLOUT, until)) {
            return -1;
        }
    }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
    ip = peer_;
    port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
    ip.clear();
    port = 0;
}

bool Connection::wait_for(short events, Clock::time_point until) const {
    std::array<pollfd, 2> polled{{{descriptor_, events, 0}, {stop_event_, POLLIN, 0}}};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        if (left <= 0) {
            return false;
        }
        const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(left));
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        return ready > 0 && polled[1].revents == 0;
    }
}

bool Connection::fill() {
    std::array<char, 16384> piece{};
    while (wait_for(POLLIN, deadline_)) {
        const ssize_t count = ::recv(descriptor_, piece.data(), piece.size(), MSG_DONTWAIT);
        if (count < 0 && (errno == EINTR || would_block())) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        buffer_.append(piece.data(), static_cast<std::size_t>(count));
        return true;
    }
    return false;
}

}  // namespace mailkeep::http
