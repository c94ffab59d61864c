// SPDX-License-Identifier: Apache-2.0
// The REST API and the page. All of cpp-httplib stays behind this door, with guards of our own:
// budgets for header and body, absolute deadlines, idle connections that occupy no thread.
#pragma once

#include "mailkeep/service/depot.hpp"
#include "mailkeep/service/runner.hpp"
#include "mailkeep/service/sign_in.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mailkeep::http {

struct Bind {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8025;  ///< 0: any that is free
    /// Names the page is called by besides the loopback ones: a reverse proxy's, say. On a loopback
    /// host any other name is turned away (DNS rebinding); elsewhere only when names are given.
    std::vector<std::string> names;
};

/// Borrows all three, which must outlive it. start() and stop() from one thread.
class Server {
  public:
    Server(service::Depot& depot, service::Runner& runner, service::SignIn& sign_in, Bind bind);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens on return. Error{conflict} with a hint when the port is taken or may not be used.
    void start();
    /// The port listened on; Requires: started.
    [[nodiscard]] std::uint16_t port() const;
    /// Ends open streams and waits for requests under way. Safe to call twice.
    void stop();

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace mailkeep::http
