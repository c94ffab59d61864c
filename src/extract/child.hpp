// SPDX-License-Identifier: Apache-2.0
// Another process, from its start to its certain end, and the socket that is its standard input and
// output.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::extract {

/// Until when somebody waits, and what makes him give up before.
struct Wait {
    std::chrono::steady_clock::time_point until;
    std::stop_token stop;
};

enum class Received { all, ended, too_late };

/// One thread. It has nothing of ours: no environment, no descriptor but the desk (3), no signal
/// that is blocked or ignored, a process group of its own.
class Child {
  public:
    /// Throws Error{internal}: no further process is to be had.
    Child(const std::filesystem::path& program, std::vector<std::string> arguments, int desk);
    /// Ends it.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// False: it does not listen any more.
    [[nodiscard]] bool send(std::string_view octets);

    /// Appends what it says until `into` has `size` octets. Throws Error{cancelled}.
    [[nodiscard]] Received receive(std::string& into, std::size_t size, const Wait& wait);

    /// How it ended, as waitpid(2) tells; it is made to when it does not in time. Throws
    /// Error{cancelled}.
    [[nodiscard]] int end(const Wait& wait);

  private:
    pid_t process_ = -1;  ///< -1: it has ended
    int socket_ = -1;
};

}  // namespace mailkeep::extract
