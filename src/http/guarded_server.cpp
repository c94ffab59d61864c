// SPDX-License-Identifier: Apache-2.0
#include "guarded_server.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"
#include "mailkeep/base/text.hpp"

#include "listener.hpp"

#include <httplib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mailkeep::http {

namespace {

/// Well below the 1024 descriptors a process usually may have.
constexpr std::size_t most_connections = 512;
constexpr int sweep_milliseconds = 500;

constexpr std::string_view header_too_large =
    "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

void signal_event(int event) {
    const std::uint64_t one = 1;
    const ssize_t ignored = ::write(event, &one, sizeof one);
    (void)ignored;
}

void clear_event(int event) {
    std::uint64_t count = 0;
    const ssize_t ignored = ::read(event, &count, sizeof count);
    (void)ignored;
}

void close_all(std::initializer_list<int*> descriptors) {
    for (int* descriptor : descriptors) {
        if (*descriptor >= 0) {
            ::close(*descriptor);
        }
        *descriptor = -1;
    }
}

bool may_have_body(const httplib::Request& request) {
    return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

std::uint64_t announced_octets(const httplib::Request& request) {
    return parse_number(request.get_header_value("Content-Length")).value_or(0);
}

}  // namespace

std::optional<Refusal> framing_fault(const httplib::Request& request) {
    if (request.has_header("Transfer-Encoding")) {
        return Refusal{request.has_header("Content-Length") ? 400 : 411,
                       "Send the body with a Content-Length, not in chunks."};
    }
    if (request.has_header("Content-Encoding")) {
        return Refusal{415, "Send the body without Content-Encoding."};
    }
    const std::size_t lengths = request.get_header_value_count("Content-Length");
    if (lengths == 0) {
        return std::nullopt;
    }
    const auto length = parse_number(request.get_header_value("Content-Length"));
    if (lengths > 1 || !length) {
        return Refusal{400, "The Content-Length cannot be read."};
    }
    if (*length > most_body_octets) {
        return Refusal{413, "The body is larger than 1 MiB."};
    }
    if (*length > 0 && !may_have_body(request)) {
        return Refusal{400, "A " + request.method + " request has no body."};
    }
    return std::nullopt;
}

GuardedServer::GuardedServer(std::size_t workers)
    : workers_wanted_(workers),
      stop_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      back_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

GuardedServer::~GuardedServer() {
    stop();
    close_all({&stop_event_, &back_event_});
}

void GuardedServer::start(const std::string& host, std::uint16_t port) {
    listener_ = listen_on(host, port);
    port_ = port_of(listener_);
    svr_sock_ = listener_;  // the library stops streaming answers once this is no socket
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    for (const int descriptor : {listener_, stop_event_, back_event_}) {
        epoll_event interest{.events = EPOLLIN, .data = {.fd = descriptor}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &interest);
    }
    threads_.emplace_back([this] { watch(); });
    for (std::size_t i = 0; i < workers_wanted_; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
}

void GuardedServer::stop() {
    svr_sock_ = INVALID_SOCKET;
    signal_event(stop_event_);
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
    parked_.clear();
    ready_.clear();
    answered_.clear();
    close_all({&listener_, &epoll_});
}

void GuardedServer::watch() {
    std::array<epoll_event, 64> events{};
    for (;;) {
        const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                       sweep_milliseconds);
        for (int i = 0; i < count; ++i) {
            const int descriptor = events.at(static_cast<std::size_t>(i)).data.fd;
            if (descriptor == stop_event_) {
                return;
            }
            if (descriptor == listener_) {
                accept_waiting();
            } else if (descriptor == back_event_) {
                take_back_answered();
            } else {
                look_at(descriptor);
            }
        }
        close_overdue();
    }
}

void GuardedServer::accept_waiting() {
    for (;;) {
        Accepted accepted = accept_on(listener_);
        if (accepted.descriptor < 0) {
            return;
        }
        auto connection = std::make_unique<Connection>(
            accepted.descriptor, std::move(accepted.peer), stop_event_, live_);
        if (live_ <= most_connections) {
            park(std::move(connection));
        }
    }
}

void GuardedServer::take_back_answered() {
    clear_event(back_event_);
    std::vector<std::unique_ptr<Connection>> answered;
    {
        const std::lock_guard lock(mutex_);
        answered.swap(answered_);
    }
    for (auto& connection : answered) {
        if (connection->look() == Connection::Intake::complete) {
            hand_over(std::move(connection));
        } else {
            park(std::move(connection));
        }
    }
}

void GuardedServer::look_at(int descriptor) {
    const auto found = parked_.find(descriptor);
    if (found == parked_.end()) {
        return;
    }
    const Connection::Intake intake = found->second->gather();
    if (intake == Connection::Intake::incomplete) {
        return;
    }
    std::unique_ptr<Connection> connection = std::move(found->second);
    parked_.erase(found);
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    if (intake == Connection::Intake::too_large) {
        connection->send_at_once(header_too_large);
    }
    if (intake == Connection::Intake::complete) {
        hand_over(std::move(connection));
    }
}

void GuardedServer::park(std::unique_ptr<Connection> connection) {
    const int descriptor = connection->socket();
    epoll_event interest{.events = EPOLLIN | EPOLLRDHUP, .data = {.fd = descriptor}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &interest) != 0) {
        return;
    }
    parked_[descriptor] = std::move(connection);
}

void GuardedServer::close_overdue() {
    const auto now = Connection::Clock::now();
    std::erase_if(parked_, [now](const auto& row) { return row.second->deadline() < now; });
}

void GuardedServer::hand_over(std::unique_ptr<Connection> connection) {
    {
        const std::lock_guard lock(mutex_);
        ready_.push_back(std::move(connection));
    }
    is_ready_.notify_one();
}

void GuardedServer::work(const std::stop_token& stop) {
    for (;;) {
        std::unique_ptr<Connection> connection;
        {
            std::unique_lock lock(mutex_);
            if (!is_ready_.wait(lock, stop, [this] { return !ready_.empty(); })) {
                return;
            }
            if (stop.stop_requested()) {
                return;
            }
            connection = std::move(ready_.front());
            ready_.pop_front();
        }
        if (!answer(*connection)) {
            connection->say_goodbye();
            continue;
        }
        {
            const std::lock_guard lock(mutex_);
            answered_.push_back(std::move(connection));
        }
        signal_event(back_event_);
    }
}

bool GuardedServer::answer(Connection& connection) {
    connection.begin_request();
    bool is_last = true;  // until it is known where the request ends
    const auto admit = [&](httplib::Request& request) {
        // Else the library compresses answers by itself, with brotli at its slowest.
        request.headers.erase("Accept-Encoding");
        if (framing_fault(request)) {
            return;
        }
        is_last = false;
        connection.allow_body(announced_octets(request));
    };
    bool is_closed = false;
    try {
        if (!process_request(connection, false, is_closed, admit)) {
            return false;
        }
    } catch (const std::exception&) {
        // What the library throws outside its own guard; the answer may be half written.
        log_error("http.connection_failed");
        return false;
    }
    return !is_last && !is_closed && connection.finish_request();
}

}  // namespace mailkeep::http
