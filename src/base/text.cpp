// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include "mailkeep/base/error.hpp"

#include <algorithm>
#include <charconv>

namespace mailkeep {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Octets of the UTF-8 sequence that text starts with, 0 when it is none (RFC 3629 section 4).
std::size_t sequence_length(std::string_view text) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto is_tail = [&](std::size_t i) {
        return i < text.size() && (octet(i) & 0xC0U) == 0x80U;
    };
    const unsigned char first = octet(0);
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xC2U && first <= 0xDFU) {
        return is_tail(1) ? 2 : 0;
    }
    if (first >= 0xE0U && first <= 0xEFU) {
        if (!is_tail(1) || !is_tail(2)) {
            return 0;
        }
        const bool is_overlong = first == 0xE0U && octet(1) < 0xA0U;
        const bool is_surrogate = first == 0xEDU && octet(1) > 0x9FU;
        return is_overlong || is_surrogate ? 0 : 3;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        if (!is_tail(1) || !is_tail(2) || !is_tail(3)) {
            return 0;
        }
        const bool is_overlong = first == 0xF0U && octet(1) < 0x90U;
        const bool is_beyond = first == 0xF4U && octet(1) > 0x8FU;
        return is_overlong || is_beyond ? 0 : 4;
    }
    return 0;
}

}  // namespace

std::string to_lower_ascii(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

std::string to_upper_ascii(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), upper);
    return result;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (std::size_t begin = 0;;) {
        const auto end = text.find(separator, begin);
        pieces.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) {
            return pieces;
        }
        begin = end + 1;
    }
}

std::string join(const std::vector<std::string>& pieces, std::string_view between) {
    std::string result;
    for (const auto& piece : pieces) {
        if (!result.empty() || &piece != &pieces.front()) {
            result += between;
        }
        result += piece;
    }
    return result;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = sequence_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string to_valid_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto length = sequence_length(text);
        result += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

std::string_view clip(std::string_view utf8, std::size_t limit) {
    if (utf8.size() <= limit) {
        return utf8;
    }
    while (limit > 0 && (static_cast<unsigned char>(utf8[limit]) & 0xC0U) == 0x80U) {
        --limit;
    }
    return utf8.substr(0, limit);
}

std::string to_hex(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(octets.size() * 2);
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        result += digits[octet >> 4U];
        result += digits[octet & 0x0FU];
    }
    return result;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string octets;
    octets.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        unsigned value = 0;
        const auto* end = text.data() + i + 2;
        const auto result = std::from_chars(text.data() + i, end, value, 16);
        if (result.ec != std::errc() || result.ptr != end) {
            return std::nullopt;
        }
        octets += static_cast<char>(value);
    }
    return octets;
}

}  // namespace mailkeep
