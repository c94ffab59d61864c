// SPDX-License-Identifier: Apache-2.0
// What holds for the whole process: a flag wins over MAILKEEP_… in the environment, that over the
// configuration file, that over the default. The file is TOML with the same names, lower case.
#pragma once

#include "mailkeep/base/log.hpp"
#include "mailkeep/extract/extractor.hpp"
#include "mailkeep/http/server.hpp"
#include "mailkeep/imap/types.hpp"
#include "mailkeep/sync/replica.hpp"

#include "options.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace mailkeep::app {

using Environment = std::map<std::string, std::string>;

/// Of this process.
[[nodiscard]] Environment own_environment();

struct Settings {
    std::filesystem::path data;      ///< absolute
    std::filesystem::path key_file;  ///< absolute, or empty: none was given
    http::Bind listen;
    LogLevel log_level = LogLevel::warning;
    std::size_t workers = 2;
    std::size_t connections = 4;  ///< of a run to the server of its account, at most
    imap::Compression compression = imap::Compression::automatic;
    std::optional<sync::ReplicaPolicy> replica;
    std::optional<extract::Setup> extraction;  ///< nothing: attachments are not read
};

/// Throws Error{invalid} naming the setting and where it was read.
[[nodiscard]] Settings resolve_settings(const Invocation& invocation,
                                        const Environment& environment,
                                        const std::filesystem::path& folder);

}  // namespace mailkeep::app
