// SPDX-License-Identifier: Apache-2.0
// mailkeep seal.
#include "mailkeep/base/error.hpp"

#include "commands.hpp"

namespace mailkeep::app {

ExitCode run(const Seal& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "seal is not in this version yet");
}

}  // namespace mailkeep::app
