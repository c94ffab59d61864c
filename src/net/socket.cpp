// SPDX-License-Identifier: Apache-2.0
#include "socket.hpp"

#include "mailkeep/base/error.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace mailkeep::net {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::hours longest_timeout{24 * 365};

/// Rounded up, so that poll() is not called in a loop with 0 for the last millisecond.
int poll_time(Deadline deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

}  // namespace

Deadline deadline_in(std::chrono::milliseconds timeout) {
    return Clock::now() + std::min<std::chrono::milliseconds>(timeout, longest_timeout);
}

std::string system_text(int code) {
    return std::generic_category().message(code);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

Descriptor::~Descriptor() {
    close();
}

void Descriptor::close() noexcept {
    if (number_ >= 0) {
        ::close(number_);
    }
    number_ = -1;
}

int Descriptor::release() noexcept {
    return std::exchange(number_, -1);
}

void Waiter::Signal::operator()() const noexcept {
    const std::uint64_t one = 1;
    // Cannot fail: the counter has room for more than one and nobody else writes to it.
    [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
}

Waiter::Waiter(std::stop_token stop)
    : stop_(std::move(stop)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      callback_(stop_, Signal{event_.number()}) {
    if (!event_.is_open()) {
        throw Error(Errc::network, "cannot wait: " + system_text(errno));
    }
}

Wake Waiter::wait(int descriptor, Readiness wanted, Deadline deadline) const {
    const short events = wanted == Readiness::readable ? POLLIN : POLLOUT;
    std::array<pollfd, 2> polled{pollfd{descriptor, events, 0}, pollfd{event_.number(), POLLIN, 0}};
    for (;;) {
        const int ready = ::poll(polled.data(), polled.size(), poll_time(deadline));
        if (is_stopped()) {
            return Wake::stopped;
        }
        if (ready > 0) {
            return Wake::ready;
        }
        if (ready < 0 && errno != EINTR) {
            throw Error(Errc::network, "cannot wait: " + system_text(errno));
        }
        if (Clock::now() >= deadline) {
            return Wake::late;
        }
    }
}

Socket::Socket(Descriptor descriptor, std::string name, std::stop_token stop)
    : waiter_(std::move(stop)), descriptor_(std::move(descriptor)), name_(std::move(name)) {}

void Socket::check() const {
    if (waiter_.is_stopped()) {
        throw Error(Errc::cancelled, name_ + ": cancelled");
    }
    if (!descriptor_.is_open()) {
        throw Error(Errc::network, name_ + ": the connection is closed");
    }
}

bool Socket::wait(Readiness wanted, Deadline deadline) const {
    check();
    const Wake wake = waiter_.wait(descriptor_.number(), wanted, deadline);
    if (wake == Wake::stopped) {
        throw Error(Errc::cancelled, name_ + ": cancelled");
    }
    return wake == Wake::ready;
}

void Socket::expect(Readiness wanted, Deadline deadline) const {
    if (!wait(wanted, deadline)) {
        throw Error(Errc::timeout, name_ + " did not answer in time");
    }
}

std::size_t Socket::read_some(std::span<char> into, Deadline deadline) {
    check();
    for (;;) {
        const auto count = ::recv(descriptor_.number(), into.data(), into.size(), 0);
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno == EAGAIN) {
            expect(Readiness::readable, deadline);
        } else if (errno != EINTR) {
            throw Error(Errc::network, name_ + ": " + system_text(errno));
        }
    }
}

void Socket::write_all(std::string_view octets, std::chrono::milliseconds idle) {
    check();
    Deadline deadline = deadline_in(idle);
    while (!octets.empty()) {
        const auto count = ::send(descriptor_.number(), octets.data(), octets.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            octets.remove_prefix(static_cast<std::size_t>(count));
            deadline = deadline_in(idle);
            check();
        } else if (errno == EAGAIN) {
            expect(Readiness::writable, deadline);
        } else if (errno != EINTR) {
            throw Error(Errc::network, name_ + ": " + system_text(errno));
        }
    }
}

}  // namespace mailkeep::net
