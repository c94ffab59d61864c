// SPDX-License-Identifier: Apache-2.0
// mailkeep compact, and hold add, list, remove.
#include "mailkeep/base/error.hpp"

#include "commands.hpp"

namespace mailkeep::app {

ExitCode run(const Compact& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "compact is not in this version yet");
}

ExitCode run(const HoldAdd& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "hold is not in this version yet");
}

ExitCode run(const HoldList& /*command*/, Context& /*context*/) {
    throw Error(Errc::invalid, "hold is not in this version yet");
}

ExitCode run(const HoldRemove& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "hold is not in this version yet");
}

}  // namespace mailkeep::app
