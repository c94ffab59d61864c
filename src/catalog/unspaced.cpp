// SPDX-License-Identifier: Apache-2.0
#include "unspaced.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mailkeep::catalog {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Blocks of Unicode without their punctuation and currency signs.
constexpr std::array<Range, 36> scripts{{
    {0x0E01, 0x0E3A},   {0x0E40, 0x0E4E},   {0x0E50, 0x0E59},    // Thai
    {0x0E81, 0x0EDF},                                            // Lao
    {0x1000, 0x1049},   {0x1050, 0x109F},                        // Myanmar
    {0x1100, 0x11FF},                                            // Hangul Jamo
    {0x1780, 0x17D3},   {0x17D7, 0x17D7},   {0x17DC, 0x17E9},    // Khmer
    {0x2E80, 0x2FDF},                                            // radicals
    {0x3005, 0x3007},   {0x3021, 0x3029},   {0x3031, 0x3035},    // iteration marks, numerals
    {0x3038, 0x303C},   {0x3041, 0x3096},   {0x3099, 0x309F},    // Hiragana
    {0x30A1, 0x30FA},   {0x30FC, 0x30FF},                        // Katakana
    {0x3105, 0x312F},   {0x3131, 0x318E},   {0x31A0, 0x31BF},    // Bopomofo, Hangul letters
    {0x31F0, 0x31FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},    // Han
    {0xA960, 0xA97C},   {0xA9E0, 0xA9FE},   {0xAA60, 0xAA7F},    // Jamo A, Myanmar B and A
    {0xAC00, 0xD7A3},   {0xD7B0, 0xD7FB},   {0xF900, 0xFAFF},    // Hangul, Jamo B, Han
    {0xFF66, 0xFF9F},   {0xFFA0, 0xFFDC},   {0x1AFF0, 0x1B16F},  // half-width forms, kana
    {0x20000, 0x2FFFD}, {0x30000, 0x3FFFD},                      // Han of later planes
}};

bool is_unspaced(char32_t code) {
    return std::any_of(scripts.begin(), scripts.end(), [code](const Range& range) {
        return code >= range.first && code <= range.last;
    });
}

bool is_variation_selector(char32_t code) {
    return (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF);
}

constexpr unsigned char first_long_lead = 0xE0;  // characters of three octets and more

/// Characters of three or four octets; nothing for all else, valid or not.
std::optional<UnspacedCharacter> long_character(std::string_view text, std::size_t at) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (at >= text.size() || octet(at) < first_long_lead) {
        return std::nullopt;
    }
    const std::size_t size = octet(at) < 0xF0U ? 3 : 4;
    if (text.size() - at < size) {
        return std::nullopt;
    }
    char32_t code = octet(at) & (size == 3 ? 0x0FU : 0x07U);
    for (std::size_t i = at + 1; i < at + size; ++i) {
        if ((octet(i) & 0xC0U) != 0x80U) {
            return std::nullopt;
        }
        code = code << 6U | (octet(i) & 0x3FU);
    }
    const bool is_overlong = size == 4 && code < 0x10000;
    return is_overlong ? std::nullopt : std::optional(UnspacedCharacter{code, at, at + size});
}

std::optional<UnspacedCharacter> unspaced_at(std::string_view text, std::size_t at) {
    const auto character = long_character(text, at);
    return character && is_unspaced(character->code) ? character : std::nullopt;
}

/// Behind a line break and variation selectors.
std::size_t skip_ignored(std::string_view text, std::size_t at) {
    auto next = long_character(text, at);
    while (next && is_variation_selector(next->code)) {
        at = next->end;
        next = long_character(text, at);
    }
    if (text.substr(at, 2) == "\r\n") {
        return at + 2;
    }
    return text.substr(at, 1) == "\n" ? at + 1 : at;
}

char32_t full_width(char32_t code) {
    constexpr char32_t first = 0xFF66;
    constexpr std::u32string_view katakana =
        U"ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミム"
        U"メモ"
        U"ヤユヨラリルレロワン\u3099\u309A";
    return code >= first && code - first < katakana.size() ? katakana[code - first] : code;
}

/// Kana and a voicing mark as one character; nothing when they make none.
std::optional<char32_t> voiced(char32_t kana, char32_t mark) {
    constexpr std::u32string_view voiceable = U"かきくけこさしすせそたちつてとはひふへほ";
    constexpr std::u32string_view half_voiceable = U"はひふへほ";
    constexpr char32_t to_katakana = 0x60;
    const auto hiragana = kana >= 0x30A1 ? kana - to_katakana : kana;
    if (mark == 0x3099 && kana == U'ウ') {
        return U'ヴ';
    }
    if (mark == 0x3099 && voiceable.find(hiragana) != std::u32string_view::npos) {
        return kana + 1;
    }
    if (mark == 0x309A && half_voiceable.find(hiragana) != std::u32string_view::npos) {
        return kana + 2;
    }
    return std::nullopt;
}

/// Unicode, section 3.12, "Hangul Syllable Composition".
std::optional<char32_t> syllable(char32_t before, char32_t jamo) {
    constexpr char32_t syllables = 0xAC00;
    constexpr char32_t vowels = 21;
    constexpr char32_t tails = 28;
    const auto lead = before - 0x1100;
    const auto vowel = jamo - 0x1161;
    if (before >= 0x1100 && lead < 19 && jamo >= 0x1161 && vowel < vowels) {
        return syllables + (lead * vowels + vowel) * tails;
    }
    const auto tail = jamo - 0x11A7;
    const bool is_open =
        before >= syllables && before <= 0xD7A3 && (before - syllables) % tails == 0;
    return is_open && jamo > 0x11A7 && tail < tails ? std::optional(before + tail) : std::nullopt;
}

void add(std::vector<UnspacedCharacter>& characters, UnspacedCharacter next) {
    next.code = full_width(next.code);
    if (!characters.empty()) {
        auto& last = characters.back();
        auto together = voiced(last.code, next.code);
        if (!together) {
            together = syllable(last.code, next.code);
        }
        if (together) {
            last.code = *together;
            last.end = next.end;
            return;
        }
    }
    characters.push_back(next);
}

}  // namespace

UnspacedRun next_unspaced_run(std::string_view text, std::size_t from) {
    UnspacedRun run;
    auto next = unspaced_at(text, from);
    for (auto at = from; !next && at < text.size(); ++at) {
        next = unspaced_at(text, at);
    }
    run.start = run.end = next ? next->start : text.size();
    while (next) {
        run.end = next->end;
        add(run.characters, *next);
        next = unspaced_at(text, skip_ignored(text, run.end));
    }
    return run;
}

bool is_one_unspaced(std::string_view text) {
    const auto run = next_unspaced_run(text, 0);
    return run.characters.size() == 1 && run.start == 0 && run.end == text.size();
}

void append_character(std::string& text, char32_t code) {
    const auto tail = [&](unsigned shift) {
        text += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x10000) {
        text += static_cast<char>(0xE0U | code >> 12U);
    } else {
        text += static_cast<char>(0xF0U | code >> 18U);
        tail(12);
    }
    tail(6);
    tail(0);
}

}  // namespace mailkeep::catalog
