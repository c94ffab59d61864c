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

/// Appends the quoted string that begins there, or its first quote when it has no last one; returns
/// where it ends.
std::size_t append_quoted(std::string& result, std::string_view field, std::size_t at,
                          std::string_view quote) {
    const auto end = quoted_end(field, at);
    const auto quoted = field.substr(at, end - at);
    if (quoted.size() < 2 || quoted.back() != '"') {
        result += '"';
        return at + 1;
    }
    if (has_8bit(quoted)) {
        result.append(quote)
            .append(encoded(unquoted(quoted.substr(1, quoted.size() - 2))))
            .append(quote);
    } else {
        result += quoted;
    }
    return end;
}

/// Appends the word that begins there, with those behind it that must be encoded with it; returns
/// where they end.
std::size_t append_words(std::string& result, std::string_view field, std::size_t at) {
    const auto* const first_end = std::find_if(field.begin() + at, field.end(), is_between);
    const auto word = field.substr(at, static_cast<std::size_t>(first_end - field.begin()) - at);
    if (!has_8bit(word)) {
        result += word;
        return at + word.size();
    }
    const auto end = words_end(field, at);
    result += encoded(field.substr(at, end - at));
    return end;
}

std::string encoded_field(std::string_view field) {
    const auto value = std::min(field.find(':') + 1, field.size());
    const std::string_view quote = starts_with_ignoring_case(field, "Content-") ? "\"" : "";
    std::string result(field.substr(0, value));
    for (auto at = value; at < field.size();) {
        if (field[at] == '"') {
            at = append_quoted(result, field, at, quote);
        } else if (is_between(field[at])) {
            result += field[at++];
        } else {
            at = append_words(result, field, at);
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
