// SPDX-License-Identifier: Apache-2.0
// Events in packs: a Seen event whose message belongs to the same batch names it by its place
// there, as the id stands in CONTENTS already and would not get shorter by compression. All other
// records and fields stay as they are, known or not, so that an older Mailkeep loses nothing of
// what a newer one wrote. Pure octets.
#pragma once

#include "mailkeep/model/message.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mailkeep::archive {

/// Where a message stands in the batch whose events these are; nothing when it does not.
using PlaceOf = std::function<std::optional<std::uint64_t>(const ContentId&)>;
/// The other way round.
using IdAt = std::function<std::optional<ContentId>(std::uint64_t place)>;

/// Records as in EVENT frames (event_codec.hpp) with places for ids. Nothing when malformed.
[[nodiscard]] std::optional<std::string> shorten_ids(std::string_view records,
                                                     const PlaceOf& place_of);
/// The records as they were before shorten_ids; a Seen event without an id to be found is left out.
[[nodiscard]] std::optional<std::string> restore_ids(std::string_view records, const IdAt& id_at);

}  // namespace mailkeep::archive
