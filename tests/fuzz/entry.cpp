// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls, for the target named by the build.
#include "mailkeep/base/log.hpp"

#include "targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    mailkeep::set_log_level(mailkeep::LogLevel::error);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    mailkeep::fuzz::MAILKEEP_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
