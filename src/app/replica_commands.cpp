// SPDX-License-Identifier: Apache-2.0
// mailkeep replicate, repair, salvage.
#include "mailkeep/base/error.hpp"

#include "commands.hpp"

namespace mailkeep::app {

ExitCode run(const Replicate& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "replicate is not in this version yet");
}

ExitCode run(const Repair& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "repair is not in this version yet");
}

ExitCode run(const Salvage& /*command*/, Context& /*context*/) {
    throw Error(Errc::invalid, "salvage is not in this version yet");
}

}  // namespace mailkeep::app
