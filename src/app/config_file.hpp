// SPDX-License-Identifier: Apache-2.0
// The configuration file as names and texts; what they mean is settings.hpp's business.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace mailkeep::app {

/// Throws Error{invalid} naming file and line for what is not TOML, or neither text nor number.
[[nodiscard]] std::map<std::string, std::string> read_config_file(
    const std::filesystem::path& path);

}  // namespace mailkeep::app
