// SPDX-License-Identifier: Apache-2.0
// Finds base64 in a message, line by line and without a look at MIME. A body begins with a line of
// the alphabet alone, after a blank line or when it is long, and goes on over blank lines and
// blanks at either end of a line; padding or any other character ends it.
#pragma once

#include "recipe.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

struct PlacedRun {
    std::size_t at = 0;
    Run run;
};

struct PlacedBody {
    std::size_t first_run = 0;
    std::size_t runs = 0;
    std::uint64_t octets = 0;
    /// A last character whose unused bits are not zero is in no run, as it would not come back, but
    /// its other bits belong to the octets; 0 when there is none.
    std::size_t character_after = 0;
};

struct PlacedBodies {
    std::vector<PlacedRun> runs;
    std::vector<PlacedBody> bodies;  ///< in the order of the message, as their runs
};

/// Only bodies that are shorter as octets and ops than as text. Where there would be more than
/// most_ops the rest of the message is left alone, so that no mail can fill the memory.
/// What run() of a body would write is what stands in raw.
[[nodiscard]] PlacedBodies find_bodies(std::string_view raw);

}  // namespace mailkeep::archive
