// SPDX-License-Identifier: Apache-2.0
// Where the key of an encrypted archive comes from: the key file of the settings, else the systemd
// credential "mailkeep-key", else a passphrase typed on the terminal. Never from an argument, and
// never into a log or an error.
#pragma once

#include "mailkeep/archive/keys.hpp"

#include "options.hpp"
#include "settings.hpp"

namespace mailkeep::app {

struct Context;

/// No key when the archive is not encrypted; Error{invalid} when a key file was given all the same,
/// as somebody may have made the archive look so. Error{authentication} when nothing opens it.
[[nodiscard]] archive::DataKey find_archive_key(const Settings& settings,
                                                const Environment& environment);

/// Makes the archive and its first slot; a key file of the settings that is not there yet is made.
[[nodiscard]] archive::DataKey make_encrypted_archive(const Init& command, Context& context);

}  // namespace mailkeep::app
