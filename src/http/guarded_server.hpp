// SPDX-License-Identifier: Apache-2.0
// cpp-httplib's request handling without its way of waiting. One thread watches all connections in
// epoll and gathers headers; a worker gets a connection only with a whole header on it and gives it
// back after the answer, so neither idle browsers nor slow senders occupy a worker. What the
// library does not check of a request's framing (RFC 9112 section 6) is refused before routing.
#pragma once

#include "connection.hpp"

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace mailkeep::http {

/// A status and a sentence for a request that is not even looked at.
struct Refusal {
    int status = 400;
    std::string text;
};

/// What is wrong with how a request's body is announced; nothing when all is well.
[[nodiscard]] std::optional<Refusal> framing_fault(const httplib::Request& request);

/// Handlers are set before start(). start() and stop() from one thread.
class GuardedServer final : public httplib::Server {
  public:
    explicit GuardedServer(std::size_t workers);
    ~GuardedServer() override;
    GuardedServer(const GuardedServer&) = delete;
    GuardedServer& operator=(const GuardedServer&) = delete;

    /// Error{conflict} when the port is taken or may not be used, Error{invalid} for a host that
    /// is none of this machine.
    void start(const std::string& host, std::uint16_t port);

    [[nodiscard]] std::uint16_t port() const { return port_; }

    void stop();

  private:
    void watch();
    void accept_waiting();
    void take_back_answered();
    void look_at(int descriptor);
    void park(std::unique_ptr<Connection> connection);
    void close_overdue();
    void hand_over(std::unique_ptr<Connection> connection);
    void work(const std::stop_token& stop);
    [[nodiscard]] bool answer(Connection& connection);

    std::size_t workers_wanted_;
    int listener_ = -1;
    int epoll_ = -1;
    int stop_event_;  // readable once stop() was called
    int back_event_;  // readable when answered_ has something
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> live_{0};
    std::map<int, std::unique_ptr<Connection>> parked_;  // of the thread that watches

    std::mutex mutex_;  // guards ready_ and answered_
    std::condition_variable_any is_ready_;
    std::deque<std::unique_ptr<Connection>> ready_;
    std::vector<std::unique_ptr<Connection>> answered_;

    std::vector<std::jthread> threads_;
};

}  // namespace mailkeep::http
