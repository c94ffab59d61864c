// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/imap/mailbox_name.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <cstdint>

namespace mailkeep::imap {

namespace {

bool is_direct(char c) {
    return c >= ' ' && c <= '~';
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// The code point that valid UTF-8 starts with, taken off its front.
char32_t take_code_point(std::string_view& utf8) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
    const unsigned char first = octet(0);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        point = point << 6U | (octet(i) & 0x3FU);
    }
    utf8.remove_prefix(length);
    return point;
}

void append_utf8(std::string& text, char32_t point) {
    const auto add = [&](char32_t octet) { text += static_cast<char>(octet); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0U | point >> 6U);
        add(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        add(0xE0U | point >> 12U);
        add(0x80U | (point >> 6U & 0x3FU));
        add(0x80U | (point & 0x3FU));
    } else {
        add(0xF0U | point >> 18U);
        add(0x80U | (point >> 12U & 0x3FU));
        add(0x80U | (point >> 6U & 0x3FU));
        add(0x80U | (point & 0x3FU));
    }
}

void append_utf16(std::string& octets, char32_t point) {
    const auto add = [&](char32_t unit) {
        octets += static_cast<char>(unit >> 8U);
        octets += static_cast<char>(unit & 0xFFU);
    };
    if (point < 0x10000) {
        add(point);
    } else {
        add(0xD800U + ((point - 0x10000U) >> 10U));
        add(0xDC00U + (point & 0x3FFU));
    }
}

/// modified-base64: "," for "/", no padding (RFC 3501 section 5.1.3).
std::string shifted(const std::string& utf16) {
    std::string text = to_base64(utf16);
    text.erase(std::min(text.size(), text.find('=')));
    std::replace(text.begin(), text.end(), '/', ',');
    return "&" + text + "-";
}

/// UTF-16BE octets of a shifted run; nothing when it is not canonical.
std::optional<std::string> utf16_of(std::string_view run) {
    if (run.find_first_of("/=") != std::string_view::npos)
        return std::nullopt;
    std::string text(run);
    std::replace(text.begin(), text.end(), ',', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    auto octets = from_base64(text);
    if (!octets || octets->empty() || octets->size() % 2 != 0)
        return std::nullopt;
    return octets;
}

/// The code points of UTF-16BE as UTF-8. Nothing for lone surrogates, NUL, and for characters that
/// stand for themselves: they may not be shifted.
std::optional<std::string> utf8_of(const std::string& utf16) {
    std::string text;
    const auto unit = [&](std::size_t i) {
        return char32_t{static_cast<unsigned char>(utf16[i])} << 8U |
               static_cast<unsigned char>(utf16[i + 1]);
    };
    for (std::size_t i = 0; i < utf16.size(); i += 2) {
        char32_t point = unit(i);
        if (point == 0 || (point >= ' ' && point <= '~') || (point >= 0xDC00 && point <= 0xDFFF))
            return std::nullopt;
        if (point >= 0xD800 && point <= 0xDBFF) {
            i += 2;
            if (i == utf16.size() || unit(i) < 0xDC00 || unit(i) > 0xDFFF)
                return std::nullopt;
            point = 0x10000U + ((point - 0xD800U) << 10U) + (unit(i) - 0xDC00U);
        }
        append_utf8(text, point);
    }
    return text;
}

}  // namespace

std::string encode_mailbox_name(std::string_view utf8) {
    const std::string valid = to_valid_utf8(utf8);
    std::string wire;
    std::string utf16;
    const auto flush = [&] {
        if (!utf16.empty())
            wire += shifted(utf16);
        utf16.clear();
    };
    for (std::string_view rest = valid; !rest.empty();) {
        if (is_direct(rest.front())) {
            flush();
            wire += rest.front();
            if (rest.front() == '&')
                wire += '-';
            rest.remove_prefix(1);
        } else {
            const char32_t point = take_code_point(rest);
            append_utf16(utf16, point == 0 ? U'\uFFFD' : point);
        }
    }
    flush();
    return wire;
}

std::optional<std::string> decode_mailbox_name(std::string_view wire) {
    std::string name;
    bool was_shifted = false;
    while (!wire.empty()) {
        const char c = wire.front();
        wire.remove_prefix(1);
        if (!is_direct(c))
            return std::nullopt;
        if (c != '&') {
            name += c;
            was_shifted = false;
            continue;
        }
        const auto end = wire.find('-');
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view run = wire.substr(0, end);
        wire.remove_prefix(end + 1);
        if (run.empty()) {
            name += '&';
            was_shifted = false;
            continue;
        }
        const auto utf16 = utf16_of(run);
        const auto text = utf16 ? utf8_of(*utf16) : std::nullopt;
        if (was_shifted || !text)  // "-&" between two runs is a null shift
            return std::nullopt;
        name += *text;
        was_shifted = true;
    }
    return name;
}

std::string display_mailbox_name(std::string_view wire) {
    if (auto name = decode_mailbox_name(wire))
        return *name;
    const bool is_text = is_valid_utf8(wire);
    std::string shown;
    for (const char c : wire) {
        if (is_control(c) || (!is_text && static_cast<unsigned char>(c) >= 0x80)) {
            shown += "\\x" + to_hex({&c, 1});
        } else {
            shown += c;
        }
    }
    return shown;
}

bool is_inbox(std::string_view wire) {
    return equals_ignoring_case(wire, "INBOX");
}

}  // namespace mailkeep::imap
