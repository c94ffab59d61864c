// SPDX-License-Identifier: Apache-2.0
// A connected, non-blocking socket, of TCP or of the file system, whose every wait ends by a
// deadline or a stop request. Writes never raise SIGPIPE.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace mailkeep::net {

using Deadline = std::chrono::steady_clock::time_point;

/// Any timeout, however long, is a point in time the clock can hold.
[[nodiscard]] Deadline deadline_in(std::chrono::milliseconds timeout);

/// Owns a file descriptor; -1 is none.
class Descriptor {
  public:
    Descriptor() = default;

    explicit Descriptor(int number) : number_(number) {}

    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int number() const { return number_; }

    [[nodiscard]] bool is_open() const { return number_ >= 0; }

    void close() noexcept;
    /// From now on somebody else's to close.
    [[nodiscard]] int release() noexcept;

  private:
    int number_ = -1;
};

enum class Readiness { readable, writable };

enum class Wake { ready, late, stopped };

/// Turns a stop request into something poll() can see.
class Waiter {
  public:
    explicit Waiter(std::stop_token stop);

    [[nodiscard]] bool is_stopped() const { return stop_.stop_requested(); }

    /// Throws Error{network} when the system refuses to wait.
    [[nodiscard]] Wake wait(int descriptor, Readiness wanted, Deadline deadline) const;

  private:
    struct Signal {
        int event;
        void operator()() const noexcept;
    };

    std::stop_token stop_;
    Descriptor event_;
    std::stop_callback<Signal> callback_;  ///< after event_: it goes first and waits for a call
};

/// One thread; the stop request may come from any.
class Socket {
  public:
    /// Requires: the descriptor is non-blocking. `name` stands in every error text.
    Socket(Descriptor descriptor, std::string name, std::stop_token stop);

    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] int descriptor() const { return descriptor_.number(); }

    /// Error{cancelled} after a stop request, Error{network} after close().
    void check() const;

    /// False when the deadline came first.
    [[nodiscard]] bool wait(Readiness wanted, Deadline deadline) const;
    /// Error{timeout} when the deadline came first.
    void expect(Readiness wanted, Deadline deadline) const;

    /// 0 when the peer ended the stream.
    [[nodiscard]] std::size_t read_some(std::span<char> into, Deadline deadline);
    /// The time-out starts again whenever the peer takes octets.
    void write_all(std::string_view octets, std::chrono::milliseconds idle);

    void close() noexcept { descriptor_.close(); }

  private:
    Waiter waiter_;
    Descriptor descriptor_;
    std::string name_;
};

/// What the system says for an errno value, e.g. "connection reset by peer".
[[nodiscard]] std::string system_text(int code);

}  // namespace mailkeep::net
