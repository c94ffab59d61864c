// SPDX-License-Identifier: Apache-2.0
// mailkeep prove and log.
#include "mailkeep/base/error.hpp"

#include "commands.hpp"

namespace mailkeep::app {

ExitCode run(const Prove& /*command*/, Context& /*context*/) {
    throw Error(Errc::invalid, "prove is not in this version yet");
}

ExitCode run(const LogList& /*command*/, Context& /*context*/) {
    throw Error(Errc::invalid, "log is not in this version yet");
}

ExitCode run(const LogVerify& /*command*/, Context& /*context*/) {
    throw Error(Errc::invalid, "log is not in this version yet");
}

ExitCode run(const LogStamp& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "log is not in this version yet");
}

}  // namespace mailkeep::app
