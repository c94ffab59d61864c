// SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace mailkeep::app {

namespace {

sigset_t watched_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

}  // namespace

SignalWatch::SignalWatch() {
    const auto signals = watched_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    thread_ = std::jthread([this, signals](const std::stop_token& end) {
        for (;;) {
            const int signal = ::sigwaitinfo(&signals, nullptr);
            if (end.stop_requested()) {
                return;
            }
            if (signal > 0 && !stop_.request_stop()) {
                ::_exit(128 + signal);
            }
        }
    });
}

SignalWatch::~SignalWatch() {
    thread_.request_stop();
    // Blocked everywhere: wakes it, and ends nobody.
    // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
    ::pthread_kill(thread_.native_handle(), SIGTERM);
}

void ignore_broken_pipes() {
    std::signal(SIGPIPE, SIG_IGN);
}

void hide_memory() {
#ifdef NDEBUG
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void notify_manager(const char* state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    const std::string_view name = path == nullptr ? std::string_view() : path;
    sockaddr_un address{};
    if (name.size() < 2 || name.size() >= sizeof address.sun_path) {
        return;
    }
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path);
    if (name.front() == '@') {
        address.sun_path[0] = '\0';  // the abstract name space
    }
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return;
    }
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    const std::string_view text(state);
    // Without an answer there is nothing to do about a failure.
    static_cast<void>(::sendto(descriptor, text.data(), text.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), length));
    ::close(descriptor);
}

}  // namespace mailkeep::app
