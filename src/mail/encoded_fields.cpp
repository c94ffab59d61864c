// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/mail/encoded_fields.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace mailkeep::mail {

namespace {

/// What fits into an encoded word of 75 characters, in base64, with either charset.
constexpr std::size_t octets_in_word = 39;

bool is_8bit(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

/// Between words: blanks, and what structures addresses and parameters.
bool is_between(char c) {
    return std::string_view(" \t\r\n()<>,;:\"").find(c) != std::string_view::npos;
}

std::string encoded(std::string_view octets) {
    const bool is_utf8 = is_valid_utf8(octets);
    std::string words;
    while (!octets.empty()) {
        auto count = std::min(octets_in_word, octets.size());
        while (is_utf8 && count < octets.size() && continues_character(octets[count])) {
            --count;
        }
        words += words.empty() ? "" : "\r\n ";
        words += is_utf8 ? "=?UTF-8?B?" : "=?unknown-8bit?B?";
        words += to_base64(octets.substr(0, count)) + "?=";
        octets.remove_prefix(count);
    }
    return words;
}

/// Without the backslashes before quoted characters.
std::string unquoted(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        i += text[i] == '\\' && i + 1 < text.size() ? 1U : 0U;
        plain += text[i];
    }
    return plain;
}

/// The end of the quoted string that begins here, behind its quote; the end of all if it has none.
std::size_t quoted_end(std::string_view text, std::size_t begin) {
    for (auto i = begin + 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            return i + 1;
        }
        i += text[i] == '\\' ? 1U : 0U;
    }
    return text.size();
}

/// The end of words of which each holds 8-bit octets: what stands between two encoded words is not
/// shown, so it is encoded with them.
std::size_t words_end(std::string_view text, std::size_t begin) {
    const auto word_end = [&](std::size_t at) {
        while (at < text.size() && !is_between(text[at])) {
            ++at;
        }
        return at;
    };
    auto end = word_end(begin);
    while (end + 1 < text.size() && text[end] == ' ') {
        const auto next = word_end(end + 1);
        if (!has_8bit(text.substr(end + 1, next - end - 1))) {
            break;
        }
        end = next;
    }
    return end;
}

std::string encoded_field(std::string_view field) {
    const auto value = std::min(field.find(':') + 1, field.size());
    const bool keeps_quotes = starts_with_ignoring_case(field, "Content-");
    std::string result(field.substr(0, value));
    for (auto at = value; at < field.size();) {
        if (field[at] == '"') {
            const auto end = quoted_end(field, at);
            const auto quoted = field.substr(at, end - at);
            const bool is_closed = quoted.size() > 1 && quoted.back() == '"';
            const std::string quote(keeps_quotes ? 1 : 0, '"');
            result += has_8bit(quoted) && is_closed
                          ? quote + encoded(unquoted(quoted.substr(1, quoted.size() - 2))) + quote
                          : std::string(quoted.substr(0, is_closed ? quoted.npos : 1));
            at = is_closed ? end : at + 1;
        } else if (is_between(field[at])) {
            result += field[at++];
        } else {
            const auto first_end = static_cast<std::size_t>(
                std::find_if(field.begin() + static_cast<std::ptrdiff_t>(at), field.end(),
                             is_between) -
                field.begin());
            const bool is_plain = !has_8bit(field.substr(at, first_end - at));
            const auto end = is_plain ? first_end : words_end(field, at);
            result += is_plain ? std::string(field.substr(at, end - at))
                               : encoded(field.substr(at, end - at));
            at = end;
        }
    }
    return result;
}

}  // namespace

bool has_8bit(std::string_view header) {
    return std::any_of(header.begin(), header.end(), is_8bit);
}

std::string encode_8bit_fields(std::string_view header) {
    std::string result;
    while (!header.empty()) {
        auto end = header.find('\n');
        while (end != header.npos && end + 1 < header.size() &&
               (header[end + 1] == ' ' || header[end + 1] == '\t')) {
            end = header.find('\n', end + 1);
        }
        const auto field = header.substr(0, end == header.npos ? end : end + 1);
        result += has_8bit(field) ? encoded_field(field) : std::string(field);
        header.remove_prefix(field.size());
    }
    return result;
}

}  // namespace mailkeep::mail
