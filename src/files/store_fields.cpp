// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/store_fields.hpp"

#include "mailkeep/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace mailkeep::files {

namespace {

constexpr std::array<std::string_view, 7> added_above{
    "X-GM-THRID",       "X-Gmail-Labels",    "X-Account-Key", "X-UIDL",
    "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys"};

/// Of X-Mozilla-Status (nsMsgMessageFlags.h of Thunderbird).
constexpr std::uint32_t mozilla_read = 0x0001;
constexpr std::uint32_t mozilla_replied = 0x0002;
constexpr std::uint32_t mozilla_marked = 0x0004;
constexpr std::uint32_t mozilla_expunged = 0x0008;
constexpr std::uint32_t mozilla_forwarded = 0x1000;
/// Of X-Mozilla-Status2.
constexpr std::uint32_t mozilla_imap_deleted = 0x00200000;

std::uint32_t hex_number(std::string_view text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

void take_mozilla_status(std::string_view value, StoreFields& fields) {
    const auto bits = hex_number(value);
    fields.flags.seen = fields.flags.seen || (bits & mozilla_read) != 0;
    fields.flags.answered = fields.flags.answered || (bits & mozilla_replied) != 0;
    fields.flags.flagged = fields.flags.flagged || (bits & mozilla_marked) != 0;
    fields.is_expunged = (bits & mozilla_expunged) != 0;
    if ((bits & mozilla_forwarded) != 0) {
        fields.flags.add("$Forwarded");
    }
}

void take_letters(std::string_view value, Flags& flags) {
    for (const char letter : value) {
        flags.seen = flags.seen || letter == 'R';
        flags.answered = flags.answered || letter == 'A';
        flags.flagged = flags.flagged || letter == 'F';
        flags.draft = flags.draft || letter == 'T';
        flags.deleted = flags.deleted || letter == 'D';
    }
}

void take_keywords(std::string_view value, Flags& flags) {
    for (const auto word : split(value, ' ')) {
        if (!trim(word).empty()) {
            flags.add(trim(word));
        }
    }
}

void take(std::string_view name, std::string_view value, StoreFields& fields) {
    const auto is = [name](std::string_view other) { return equals_ignoring_case(name, other); };
    if (is("Status") || is("X-Status")) {
        take_letters(value, fields.flags);
    } else if (is("X-Keywords") || is("X-Mozilla-Keys")) {
        take_keywords(value, fields.flags);
    } else if (is("X-Mozilla-Status")) {
        take_mozilla_status(value, fields);
    } else if (is("X-Mozilla-Status2")) {
        fields.flags.deleted =
            fields.flags.deleted || (hex_number(value) & mozilla_imap_deleted) != 0;
    } else if (is("X-Gmail-Labels")) {
        fields.gmail_labels = std::string(value);
    }
}

bool is_added_above(std::string_view name) {
    return std::any_of(added_above.begin(), added_above.end(), [name](std::string_view other) {
        return equals_ignoring_case(name, other);
    });
}

std::size_t next_line(std::string_view text, std::size_t at) {
    const auto end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end + 1;
}

/// Behind the field that begins there, its folded lines included.
std::size_t behind_field(std::string_view text, std::size_t at) {
    at = next_line(text, at);
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) {
        at = next_line(text, at);
    }
    return at;
}

std::string unfolded(std::string_view value) {
    std::string text(trim(value));
    std::erase(text, '\r');
    std::erase(text, '\n');
    return text;
}

}  // namespace

StoreFields store_fields_of(std::string_view text) {
    StoreFields fields;
    bool is_above = true;
    for (std::size_t at = 0; at < text.size() && text[at] != '\n' && text[at] != '\r';) {
        const auto end = behind_field(text, at);
        const auto field = text.substr(at, end - at);
        const auto colon = field.find(':');
        if (colon == std::string_view::npos) {
            break;
        }
        const auto name = trim(field.substr(0, colon));
        const char first = name.empty() ? ' ' : name.front();
        if (first == 'X' || first == 'x' || first == 'S' || first == 's') {
            take(name, unfolded(field.substr(colon + 1)), fields);
        }
        is_above = is_above && is_added_above(name);
        fields.octets_above = is_above ? end : fields.octets_above;
        at = end;
    }
    return fields;
}

}  // namespace mailkeep::files
