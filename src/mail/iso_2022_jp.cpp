// SPDX-License-Identifier: Apache-2.0
#include "iso_2022_jp.hpp"

#include <array>
#include <utility>

namespace mailkeep::mail {

namespace {

enum class Set { ascii, katakana, kanji };

/// What an escape sequence switches to. JIS X 0201 Roman is ASCII but for two signs.
constexpr std::array<std::pair<std::string_view, Set>, 7> escapes{{
    {"\x1B(B", Set::ascii},
    {"\x1B(J", Set::ascii},
    {"\x1B(H", Set::ascii},
    {"\x1B(I", Set::katakana},
    {"\x1B$@", Set::kanji},
    {"\x1B$B", Set::kanji},
    {"\x1B$(B", Set::kanji},
}};

bool is_graphic(char c) {
    return c > ' ' && c < '\x7F';
}

/// Takes an escape sequence off the front.
bool take_escape(std::string_view& octets, Set& set) {
    for (const auto& [escape, next] : escapes) {
        if (octets.starts_with(escape)) {
            set = next;
            octets.remove_prefix(escape.size());
            return true;
        }
    }
    return false;
}

/// Two rows of JIS X 0208 share one lead octet.
void append_kanji(std::string& text, unsigned row, unsigned cell) {
    const auto lead = (row + 1) / 2 + (row <= 0x5E ? 0x70U : 0xB0U);
    const auto in_odd_row = cell + (cell >= 0x60 ? 0x20U : 0x1FU);
    text += {static_cast<char>(lead), static_cast<char>(row % 2 == 1 ? in_odd_row : cell + 0x7E)};
}

}  // namespace

std::string shift_jis_from_iso_2022_jp(std::string_view octets) {
    std::string text;
    text.reserve(octets.size());
    auto set = Set::ascii;
    while (!octets.empty()) {
        if (take_escape(octets, set)) {
            continue;
        }
        const auto first = static_cast<unsigned char>(octets[0]);
        const bool is_pair = octets.size() > 1 && is_graphic(octets[0]) && is_graphic(octets[1]);
        if (set == Set::kanji && is_pair) {
            append_kanji(text, first, static_cast<unsigned char>(octets[1]));
            octets.remove_prefix(2);
            continue;
        }
        const bool is_katakana = set == Set::katakana && is_graphic(octets[0]);
        text += is_katakana ? static_cast<char>(first | 0x80U) : octets[0];
        set = octets[0] == '\n' ? Set::ascii : set;  // each line begins anew
        octets.remove_prefix(1);
    }
    return text;
}

}  // namespace mailkeep::mail
