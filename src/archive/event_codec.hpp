// SPDX-License-Identifier: Apache-2.0
// Events to octets and back: records of tagged fields, the payload of EVENT frames. Numbers of
// kinds and tags are for ever; they stand in FORMAT.md. A reader passes over kinds and tags it does
// not know, so that an older Mailkeep can read what a newer one wrote.
#pragma once

#include "mailkeep/model/event.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

/// One record, its length in front.
[[nodiscard]] std::string encode(const Event& event);

struct DecodedEvents {
    std::vector<Event> events;
    std::uint64_t records = 0;  ///< those of unknown kinds too
};

/// The records of one EVENT payload; nothing when it is malformed.
[[nodiscard]] std::optional<DecodedEvents> decode_events(std::string_view payload);

}  // namespace mailkeep::archive
