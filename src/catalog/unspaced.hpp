// SPDX-License-Identifier: Apache-2.0
// Scripts that put no spaces between words: Han, Hiragana, Katakana, Hangul, Bopomofo, Thai, Lao,
// Burmese and Khmer. Where a word ends in them only a dictionary could tell.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::catalog {

/// A character of these scripts and the octets of the text it stands for.
struct UnspacedCharacter {
    char32_t code = 0;
    std::size_t start = 0;
    std::size_t end = 0;
};

/// Such characters one after the other. A line break between two of them is none of the writer's,
/// and variation selectors do not count. Half-width katakana are full-width ones, and what was
/// taken apart (kana with a voicing mark, Hangul in jamo) is put together again.
struct UnspacedRun {
    std::vector<UnspacedCharacter> characters;  ///< empty: there is none
    std::size_t start = 0;
    std::size_t end = 0;
};

/// The first run from this octet on. The text may be anything.
[[nodiscard]] UnspacedRun next_unspaced_run(std::string_view text, std::size_t from);

/// Whether this is exactly one such character.
[[nodiscard]] bool is_one_unspaced(std::string_view text);

/// Appends it as UTF-8.
void append_character(std::string& text, char32_t code);

}  // namespace mailkeep::catalog
