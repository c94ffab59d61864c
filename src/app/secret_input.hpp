// SPDX-License-Identifier: Apache-2.0
// Passwords on their way in: from a file, the environment, standard input or a terminal without
// echo; never from an argument, which every user of the machine could read.
#pragma once

#include "options.hpp"
#include "settings.hpp"

#include <optional>
#include <string>

namespace mailkeep::app {

/// What a command wants to know before it begins.
struct SecretWish {
    enum class Kind { optional, required, chosen };  ///< chosen: new, so asked for twice
    SecretSource source;
    std::string prompt;
    Kind kind = Kind::optional;
};

/// Nothing for a command without password.
[[nodiscard]] std::optional<SecretWish> secret_wish(const Command& command);

/// One line end at the end of a file or of standard input is cut. Error{invalid} when the password
/// is empty, or required and nowhere to be had.
[[nodiscard]] std::optional<Secret> read_secret(const SecretWish& wish,
                                                const Environment& environment);

}  // namespace mailkeep::app
