// SPDX-License-Identifier: Apache-2.0
// Commands while the service runs: the client hands its arguments over DATA/mailkeep.sock, the
// service carries them out and sends back what they say and how they ended.
//
// Frames both ways: kind (1 octet), length (4 octets, big-endian), payload.
// Client: 'v' protocol name, 'f' folder, 'a' argument (each), 's' secret, 't' terminal, 'g' go.
// Service: 'o' standard output, 'e' standard error, 'p' pulse (once a second, empty), 'x' exit
// code. The client never speaks again after 'g'; when it goes away, a pulse fails and the command
// is told to stop.
#pragma once

#include "mailkeep/model/account.hpp"
#include "mailkeep/net/stream.hpp"

#include "output.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace mailkeep::app {

struct Request {
    std::vector<std::string> arguments;
    std::string folder;  ///< the client's; relative paths are relative to it
    std::optional<Secret> secret;
    Screen screen;
};

/// Has the service carry out the request; nothing when no service listens there. A stop request
/// ends the wait with Error{cancelled}, and the service ends the command.
[[nodiscard]] std::optional<ExitCode> hand_over(const std::filesystem::path& socket,
                                                const Request& request, Channel& channel,
                                                const std::stop_token& stop);

/// The service's end. Any number of requests at a time, each on a thread of its own. The destructor
/// stops what runs and waits for it.
class ControlServer {
  public:
    /// Called on many threads at once. What it throws is the service's own fault: logged, exit 1.
    using Handler = std::function<ExitCode(const Request&, Channel&, const std::stop_token&)>;

    ControlServer(const std::filesystem::path& socket, Handler handler,
                  std::chrono::milliseconds pulse_interval = std::chrono::seconds{1});
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::app
