// SPDX-License-Identifier: Apache-2.0
#include "child.hpp"

#include "mailkeep/base/error.hpp"

#include "frame.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

namespace mailkeep::extract {

namespace {

/// Of each wait, so that a stop is seen.
constexpr std::chrono::milliseconds slice{100};

/// A copy that stands above those of the new process, so that none is put in place of another.
int raised(int descriptor) {
    return ::fcntl(descriptor, F_DUPFD_CLOEXEC, desk_descriptor + 1);
}

/// What posix_spawn(3) is told; the calls only fail for want of memory.
class Spawning {
  public:
    Spawning(int socket, int desk) : socket_(raised(socket)), desk_(raised(desk)) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, socket_, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, socket_, STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, desk_, desk_descriptor);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, desk_descriptor + 1);
        sigset_t signals;
        ::posix_spawnattr_init(&attributes_);
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }

    ~Spawning() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
        ::close(socket_);
        ::close(desk_);
    }

    Spawning(const Spawning&) = delete;
    Spawning& operator=(const Spawning&) = delete;

    /// Returns an errno.
    int start(pid_t& process, const std::string& program, std::vector<std::string>& arguments) {
        std::vector<char*> words;
        words.reserve(arguments.size() + 1);
        for (auto& word : arguments) {
            words.push_back(word.data());
        }
        words.push_back(nullptr);
        std::array<char*, 1> environment{};
        return ::posix_spawn(&process, program.c_str(), &actions_, &attributes_, words.data(),
                             environment.data());
    }

  private:
    int socket_;
    int desk_;
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

void require_going_on(const Wait& wait) {
    if (wait.stop.stop_requested()) {
        throw Error(Errc::cancelled, "reading attachments was stopped");
    }
}

/// How long to wait before looking again; 0 when it is too late.
int next_slice(const Wait& wait) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        wait.until - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), slice).count());
}

}  // namespace

Child::Child(const std::filesystem::path& program, std::vector<std::string> arguments, int desk) {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw Error(Errc::internal, "no socket is to be had for reading attachments");
    }
    const int failure = Spawning(ends[1], desk).start(process_, program.string(), arguments);
    ::close(ends[1]);
    if (failure != 0) {
        ::close(ends[0]);
        throw Error(Errc::internal, "no process is to be had for reading attachments");
    }
    socket_ = ends[0];
}

Child::~Child() {
    ::close(socket_);
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

bool Child::send(std::string_view octets) {
    return ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(octets.size());
}

Received Child::receive(std::string& into, std::size_t size, const Wait& wait) {
    std::array<char, 16384> piece{};
    while (into.size() < size) {
        require_going_on(wait);
        pollfd ready{socket_, POLLIN, 0};
        const int patience = next_slice(wait);
        const int code = ::poll(&ready, 1, patience);
        if (code == 0 && patience == 0) {
            return Received::too_late;
        }
        if (code <= 0) {
            continue;
        }
        const auto count =
            ::recv(socket_, piece.data(), std::min(piece.size(), size - into.size()), 0);
        if (count <= 0) {
            return Received::ended;
        }
        into.append(piece.data(), static_cast<std::size_t>(count));
    }
    return Received::all;
}

int Child::end(const Wait& wait) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(process_, &status, WNOHANG)) == 0) {
        require_going_on(wait);
        if (next_slice(wait) == 0) {
            ::kill(process_, SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    process_ = -1;
    return ended < 0 ? 0 : status;
}

}  // namespace mailkeep::extract
