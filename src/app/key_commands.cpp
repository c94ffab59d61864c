// SPDX-License-Identifier: Apache-2.0
// mailkeep key add, list, remove.
#include "mailkeep/base/error.hpp"

#include "commands.hpp"

namespace mailkeep::app {

ExitCode run(const KeyAdd& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "key is not in this version yet");
}

ExitCode run(const KeyList& /*command*/, Context& /*context*/) {
    throw Error(Errc::invalid, "key is not in this version yet");
}

ExitCode run(const KeyRemove& /*command*/, Context& /*context*/, Workplace& /*place*/) {
    throw Error(Errc::invalid, "key is not in this version yet");
}

}  // namespace mailkeep::app
