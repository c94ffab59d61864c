// SPDX-License-Identifier: Apache-2.0
// The search index follows what runs bring in, in the background, at the lowest priority.
#pragma once

#include "mailkeep/service/depot.hpp"

#include <thread>

namespace mailkeep::service {

/// Works from its making to its end, which waits for the step under way.
class Indexer {
  public:
    explicit Indexer(Depot& depot);

  private:
    void run(const std::stop_token& stop);

    Depot& depot_;
    std::jthread thread_;  // last: stops before the rest goes
};

}  // namespace mailkeep::service
