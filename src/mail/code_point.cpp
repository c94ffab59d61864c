// SPDX-License-Identifier: Apache-2.0
#include "code_point.hpp"

#include <cstdint>

namespace mailkeep::mail {

void append_utf8(std::string& text, char32_t c) {
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80U | ((static_cast<std::uint32_t>(c) >> shift) & 0x3FU));
    };
    const auto lead = [&](unsigned mark, unsigned shift) {
        return static_cast<char>(mark | (static_cast<std::uint32_t>(c) >> shift));
    };
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += {lead(0xC0U, 6), tail(0)};
    } else if (c < 0x10000) {
        text += {lead(0xE0U, 12), tail(6), tail(0)};
    } else {
        text += {lead(0xF0U, 18), tail(12), tail(6), tail(0)};
    }
}

}  // namespace mailkeep::mail
