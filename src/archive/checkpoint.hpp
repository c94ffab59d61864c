// SPDX-License-Identifier: Apache-2.0
// Signed tree heads of the log as text: C2SP's checkpoint, a signed note. Pure.
#pragma once

#include "mailkeep/archive/log.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// The first line of every checkpoint of an archive, also the name of its key.
[[nodiscard]] std::string log_origin(std::string_view archive_uuid_text);

/// Fills in the note. Requires: a signing key.
[[nodiscard]] Checkpoint sign_checkpoint(Checkpoint checkpoint, std::string_view origin,
                                         std::string_view signing_key);

/// Nothing when it is not a checkpoint of this origin signed by this key.
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(std::string_view note,
                                                        std::string_view origin,
                                                        std::string_view public_key);

/// Cuts notes that stand one behind another, before each line that is the origin.
[[nodiscard]] std::vector<std::string_view> split_notes(std::string_view text,
                                                        std::string_view origin);

}  // namespace mailkeep::archive
