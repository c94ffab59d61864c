// SPDX-License-Identifier: Apache-2.0
// A Channel that keeps what was said.
#pragma once

#include "output.hpp"

#include <string>

namespace mailkeep::app {

class RecordingChannel final : public Channel {
  public:
    void out(std::string_view octets) override { said.append(octets); }

    void err(std::string_view octets) override { told.append(octets); }

    std::string said;  ///< on standard output
    std::string told;  ///< on standard error
};

}  // namespace mailkeep::app
