// SPDX-License-Identifier: Apache-2.0
#include "json_scanner.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace mailkeep::files {

namespace {

void append_utf8(std::string& text, std::uint32_t code) {
    const auto put = [&text](std::uint32_t octet) { text += static_cast<char>(octet); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

bool is_surrogate(std::uint32_t code) {
    return code >= 0xD800 && code < 0xE000;
}

}  // namespace

void JsonScanner::fail() {
    has_failed_ = true;
    rest_ = {};
}

void JsonScanner::skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
}

bool JsonScanner::take(char wanted) {
    skip_blanks();
    if (!rest_.starts_with(wanted)) {
        return false;
    }
    rest_.remove_prefix(1);
    return true;
}

bool JsonScanner::enter(char bracket) {
    is_first_ = take(bracket);
    return is_first_;
}

bool JsonScanner::next_in(char bracket) {
    const bool was_first = is_first_;
    is_first_ = false;
    if (take(bracket)) {
        return false;
    }
    if (rest_.empty() || (!was_first && !take(','))) {
        fail();
    }
    return !has_failed_;
}

std::optional<std::string> JsonScanner::next_member() {
    if (!next_in('}')) {
        return std::nullopt;
    }
    skip_blanks();
    auto name = quoted();
    if (!take(':')) {
        fail();
    }
    return has_failed_ ? std::nullopt : std::optional(std::move(name));
}

bool JsonScanner::next_item() {
    return next_in(']');
}

std::uint32_t JsonScanner::four_digits() {
    std::uint32_t code = 0;
    const auto digits = rest_.substr(0, 4);
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (problem != std::errc() || end != digits.data() + 4) {
        fail();
        return 0;
    }
    rest_.remove_prefix(4);
    return code;
}

/// Behind the backslash.
void JsonScanner::add_escape(std::string& text) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) {
        return fail();
    }
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    if (letter != 'u') {
        const auto place = letters.find(letter);
        return place == letters.npos ? fail() : void(text += meanings[place]);
    }
    auto code = four_digits();
    if (code >= 0xD800 && code < 0xDC00 && rest_.starts_with("\\u")) {
        rest_.remove_prefix(2);
        const auto low = four_digits();
        code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                                             : low;
    }
    append_utf8(text, is_surrogate(code) ? 0xFFFD : code);
}

std::string JsonScanner::quoted() {
    std::string text;
    if (!take('"')) {
        fail();
        return text;
    }
    while (!has_failed_) {
        const auto end = rest_.find_first_of("\"\\");
        if (end == std::string_view::npos) {
            fail();
            break;
        }
        text.append(rest_.substr(0, end));
        const bool is_end = rest_[end] == '"';
        rest_.remove_prefix(end + 1);
        if (is_end) {
            break;
        }
        add_escape(text);
    }
    return text;
}

std::optional<std::string> JsonScanner::text() {
    skip_blanks();
    if (!rest_.starts_with('"')) {
        pass();
        return std::nullopt;
    }
    return quoted();
}

std::optional<std::uint64_t> JsonScanner::number() {
    skip_blanks();
    const auto digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto value = parse_number(rest_.substr(0, digits));
    pass();
    return value;
}

void JsonScanner::pass() {
    skip_blanks();
    if (rest_.starts_with('"')) {
        static_cast<void>(quoted());
    } else if (rest_.starts_with('{') || rest_.starts_with('[')) {
        pass_nested();
    } else {
        const auto end = std::min(rest_.find_first_of(",]} \t\r\n"), rest_.size());
        if (end == 0) {
            return fail();
        }
        rest_.remove_prefix(end);
    }
}

/// Brackets are counted, whichever they are.
void JsonScanner::pass_nested() {
    std::size_t depth = 0;
    while (!has_failed_) {
        const auto at = rest_.find_first_of("\"{}[]");
        if (at == std::string_view::npos) {
            return fail();
        }
        rest_.remove_prefix(at);
        if (rest_.front() == '"') {
            static_cast<void>(quoted());
            continue;
        }
        const bool opens = rest_.front() == '{' || rest_.front() == '[';
        rest_.remove_prefix(1);
        depth = opens ? depth + 1 : depth - 1;
        if (depth == 0) {
            return;
        }
    }
}

}  // namespace mailkeep::files
